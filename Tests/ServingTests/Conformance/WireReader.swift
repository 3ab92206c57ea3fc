import Foundation

/// Reads answers from bytes that are all there.
struct WireReader {
  struct Missing: Error {}

  private var rest: ArraySlice<UInt8>

  init(bytes: [UInt8]) { rest = bytes[...] }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func response(hasBody: Bool) throws -> RawClient.Response {
    guard let end = rest.firstRange(of: Array("\r\n\r\n".utf8)) else { throw Missing() }
    let lines = String(decoding: rest[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    rest = rest[end.upperBound...]
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.components(separatedBy: ": ")
      headers[parts[0].lowercased()] = parts.dropFirst().joined(separator: ": ")
    }
    let length = hasBody ? headers["content-length"].flatMap { Int($0) } ?? 0 : 0
    guard rest.count >= length else { throw Missing() }
    defer { rest = rest.dropFirst(length) }
    return .init(
      status: Int(lines[0].split(separator: " ")[1]) ?? 0, headers: headers, body: Array(rest.prefix(length)))
  }
}
