import FoundationEssentials
import Glibc
import Simplestreams

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

  static func encodeWhole(_ value: some Encodable) throws(StorageError) -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    do {
      return Array(try encoder.encode(value)) + [0x0A]
    } catch {
      throw .malformed(path: "\(type(of: value))", reason: "\(error)")
    }
  }

  /// The same bytes, made in pieces: the encoder holds all that it is given several times over, and that would be the most
  /// memory of a whole sync.
  static func encode<Value: ItemList>(_ value: Value, to sink: ([UInt8]) -> Void) throws(StorageError) {
    var frame = value
    frame.items = []
    let around: [UInt8] = try encodeWhole(frame)
    // A quote inside of a text is escaped, and nothing before it has a list of this name.
    guard let place = around.firstRange(of: Array("\"items\":[".utf8))?.upperBound else {
      throw .malformed(path: "\(Value.self)", reason: "it has no list of items")
    }
    sink(Array(around[..<place]))
    for start in stride(from: 0, to: value.items.count, by: pieceLength) {
      let piece = value.items[start..<min(start + pieceLength, value.items.count)]
      if start > 0 { sink([UInt8(ascii: ",")]) }
      // Without the brackets around it and the line end.
      sink(Array(try encodeWhole(Array(piece)).dropFirst().dropLast(2)))
    }
    sink(Array(around[place...]))
  }

  private static let pieceLength = 200

  /// The same in the other direction.
  static func decode<Value: ItemList & Decodable>(
    _ type: Value.Type, from bytes: [UInt8], path: String
  ) throws(StorageError) -> Value {
    let around: JSONOutline
    do {
      around = try JSONOutline(bytes, deferring: "items", limit: limit)
    } catch {
      throw .malformed(path: path, reason: "it is not whole JSON: \(error)")
    }
    guard let elements = around.elements, !around.isObject, let first = elements.first, let last = elements.last else {
      return try decodeWhole(type, from: bytes, path: path)
    }
    let frame = Array(bytes[..<first.place.lowerBound] + bytes[last.place.upperBound...])
    var value = try decodeWhole(type, from: frame, path: path)
    value.items.reserveCapacity(elements.count)
    var texts: Set<String> = []
    for start in stride(from: 0, to: elements.count, by: pieceLength) {
      let end = min(start + pieceLength, elements.count) - 1
      let piece = bytes[elements[start].place.lowerBound..<elements[end].place.upperBound]
      for var item in try decode(
        [Value.Entry].self, from: [UInt8(ascii: "[")] + piece + [UInt8(ascii: "]")], path, start)
      {
        item.share(&texts)
        value.items.append(item)
      }
    }
    return value
  }

  static func decodeWhole<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], path: String
  ) throws(StorageError) -> Value {
    try decode(type, from: bytes, path, nil)
  }

  /// - Parameter start: where the entries of a piece stand among the items; `nil` for a whole value.
  private static func decode<Value: Decodable>(
    _ type: Value.Type, from bytes: [UInt8], _ path: String, _ start: Int?
  ) throws(StorageError) -> Value {
    do {
      return try JSONDecoder().decode(type, from: Data(bytes))
    } catch let error as DecodingError {
      throw .malformed(path: path, reason: reason(error, start))
    } catch {
      throw .malformed(path: path, reason: "\(error)")
    }
  }

  private static func reason(_ error: DecodingError, _ start: Int?) -> String {
    let context: DecodingError.Context =
      switch error {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        context
      @unknown default: .init(codingPath: [], debugDescription: "\(error)")
      }
    var places = context.codingPath.map(\.stringValue)
    if let start {
      if let number = context.codingPath.first?.intValue { places[0] = "Index \(start + number)" }
      places.insert("items", at: 0)
    }
    let place = places.joined(separator: ".")
    return place.isEmpty ? "it is not whole JSON" : "\(place): \(context.debugDescription)"
  }
}

/// A value most of which is a list.
protocol ItemList: Encodable {
  associatedtype Entry: Codable & TextSharing
  var items: [Entry] { get set }
}

/// What says the same as many others.
protocol TextSharing {
  /// Takes its texts from `texts`, which gets those that it lacks: equal ones are held once.
  mutating func share(_ texts: inout Set<String>)
}

extension Snapshot: ItemList {}
extension PublishedTree: ItemList {}

extension Snapshot.Item: TextSharing {
  mutating func share(_ texts: inout Set<String>) {
    for text in [\Self.contentID, \.product, \.version, \.item] {
      let known = texts.insert(self[keyPath: text]).memberAfterInsert
      // To Swift “é” is “e” and an accent.
      if known.utf8.elementsEqual(self[keyPath: text].utf8) { self[keyPath: text] = known }
    }
  }
}

extension PublishedTree.File: TextSharing {
  /// No two paths are the same.
  mutating func share(_ texts: inout Set<String>) {}
}
