import Foundation
import Glibc
import TestSupport

/// A client that sends the bytes it is told to, and reads one answer at a time.
final class RawClient {
  struct Response {
    var status: Int
    /// By lower-case name.
    var headers: [String: String]
    var body: [UInt8]
  }

  private let socket: Int32
  private var unread: [UInt8] = []

  /// - Parameter window: the receive buffer, to hold a transfer back.
  init(port: Int, window: Int32? = nil) throws {
    socket = try LoopbackSocket.connect(port: port, patience: 20, window: window)
  }

  deinit { close(socket) }

  func send(_ text: String) throws {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { throw POSIXError(.EPIPE) }
      bytes = bytes.dropFirst(count)
    }
  }

  /// Says that nothing more will be asked.
  func endSending() { shutdown(socket, Int32(SHUT_WR)) }

  func get(_ target: String, _ headers: [String] = [], method: String = "GET") throws -> Response {
    try send(Self.request(target, headers, method: method))
    return try response(hasBody: method != "HEAD")
  }

  static func request(_ target: String, _ headers: [String] = [], method: String = "GET") -> String {
    (["\(method) \(target) HTTP/1.1", "Host: mirror"] + headers).joined(separator: "\r\n") + "\r\n\r\n"
  }

  func response(hasBody: Bool = true) throws -> Response {
    var response = try head()
    let length = response.headers["content-length"].flatMap { Int($0) } ?? 0
    if hasBody, response.status != 304 { response.body = try take(length) }
    return response
  }

  func head() throws -> Response {
    let end = Array("\r\n\r\n".utf8)
    while unread.firstRange(of: end) == nil { try receive() }
    let range = unread.firstRange(of: end)!
    let lines = String(decoding: unread[..<range.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    unread.removeSubrange(..<range.upperBound)
    var headers: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.components(separatedBy: ": ")
      headers[parts[0].lowercased()] = parts.dropFirst().joined(separator: ": ")
    }
    return Response(status: Int(lines[0].split(separator: " ")[1]) ?? 0, headers: headers, body: [])
  }

  func take(_ count: Int) throws -> [UInt8] {
    while unread.count < count { try receive() }
    defer { unread.removeSubrange(..<count) }
    return Array(unread[..<count])
  }

  /// Whether the server has closed the connection, and sent nothing more before.
  func isClosedByServer() -> Bool {
    var byte: UInt8 = 0
    return unread.isEmpty && recv(socket, &byte, 1, 0) == 0
  }

  private func receive() throws {
    let chunk = 1 << 18
    var buffer = [UInt8](repeating: 0, count: chunk)
    let count = recv(socket, &buffer, chunk, 0)
    guard count > 0 else { throw POSIXError(count == 0 ? .ECONNRESET : .ETIMEDOUT) }
    unread += buffer[..<count]
  }
}
