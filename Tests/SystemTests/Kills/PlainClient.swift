import Foundation
import Glibc
import TestSupport

/// One connection on loopback that is kept: for who asks for many small files, thousands of times.
final class PlainClient {
  private let port: Int
  private var socket: Int32 = -1

  /// - Parameter address: `127.0.0.1:40123`.
  init(_ address: String) { port = address.split(separator: ":").last.flatMap { Int($0) } ?? 0 }

  deinit { hangUp() }

  struct Failed: Error { var reason: String }

  /// Throws when the connection ends before the announced length.
  func get(_ path: String) throws -> (code: Int, body: [UInt8]) {
    if socket < 0 { socket = try LoopbackSocket.connect(port: port, patience: 10) }
    do {
      try send("GET /\(path) HTTP/1.1\r\nHost: mirror\r\n\r\n")
      return try receive()
    } catch {
      hangUp()
      throw error
    }
  }

  private func hangUp() {
    if socket >= 0 { close(socket) }
    socket = -1
  }

  private func failure(_ what: String) -> Failed { Failed(reason: "\(what): \(String(cString: strerror(errno)))") }

  private func send(_ text: String) throws {
    let bytes = Array(text.utf8)
    // So short that the kernel takes it whole.
    guard Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { throw failure("send") }
  }

  private func receive() throws -> (code: Int, body: [UInt8]) {
    let end = Array("\r\n\r\n".utf8)
    var bytes: [UInt8] = []
    while true {
      if let blank = bytes.firstRange(of: end) {
        let lines = String(decoding: bytes[..<blank.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }?.split(separator: " ").last
        guard let length = length.flatMap({ Int($0) }), let code = Int(lines[0].split(separator: " ")[1]) else {
          throw Failed(reason: "no head of an answer: \(lines)")
        }
        while bytes.count < blank.upperBound + length { try more(&bytes) }
        return (code, Array(bytes[blank.upperBound...]))
      }
      try more(&bytes)
    }
  }

  private func more(_ bytes: inout [UInt8]) throws {
    var buffer = [UInt8](repeating: 0, count: 64 << 10)
    let count = recv(socket, &buffer, buffer.count, 0)
    if count < 0 { throw failure("receive") }
    if count == 0 { throw Failed(reason: "the connection ended behind \(bytes.count) bytes") }
    bytes += buffer[..<count]
  }
}
