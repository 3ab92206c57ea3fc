import FoundationEssentials
import Glibc

/// The JSON of snapshots, trees and publications: sorted keys, so that equal values are equal bytes.
enum ContentFile {
  /// Far above the full stream's manifest (about 600 KB), far below what would hurt.
  static let limit = 256 << 20

  static func read(_ path: String) throws(StorageError) -> [UInt8] {
    // Without waiting for whoever might write into a pipe.
    let file = try OpenFile(path, flags: O_NONBLOCK)
    guard try file.isRegular() else { throw .malformed(path: path, reason: "it is no file") }
    return try file.readAll(limit: limit)
  }

  static func encode(_ value: some Encodable) throws(StorageError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(value)) + [0x0A]
    } catch {
      throw .malformed(path: "\(type(of: value))", reason: "\(error)")
    }
  }

  private static func reason(_ error: DecodingError) -> String {
    let context: DecodingError.Context =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        context
      @unknown default: .init(codingPath: [], debugDescription: "\(error)")
      }
    let place = context.codingPath.map(\.stringValue).joined(separator: ".")
    return place.isEmpty ? "it is not whole JSON" : "\(place): \(context.debugDescription)"
  }

  static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], path: String
  ) throws(StorageError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw .malformed(path: path, reason: reason(error))
    } catch {
      throw .malformed(path: path, reason: "\(error)")
    }
  }
}
