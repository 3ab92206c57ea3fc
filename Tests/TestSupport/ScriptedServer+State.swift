import Foundation
import Glibc
import Synchronization

extension ScriptedServer {
  /// What the server's threads share. They hold it; the server holds it too and stops it.
  final class State: Sendable {
    struct Log {
      var requests: [Request] = []
      var attempts: [String: Int] = [:]
      var connections = 0
      var sockets: Set<Int32> = []
      var isStopped = false
    }

    let log = Mutex(Log())
    private let listener: Int32
    private let script: Script

    init(listener: Int32, script: @escaping Script) {
      self.listener = listener
      self.script = script
    }

    func stop() {
      log.withLock { log in
        log.isStopped = true
        for socket in log.sockets { shutdown(socket, Int32(SHUT_RDWR)) }
      }
      shutdown(listener, Int32(SHUT_RDWR))
    }

    func acceptAll() {
      while true {
        let socket = accept(listener, nil, nil)
        if socket < 0 { break }
        let isStopped = log.withLock { log in
          log.connections += 1
          log.sockets.insert(socket)
          return log.isStopped
        }
        if isStopped { shutdown(socket, Int32(SHUT_RDWR)) }
        Thread.detachNewThread { [self] in
          serve(socket)
          log.withLock { log in
            log.sockets.remove(socket)
            close(socket)
          }
        }
      }
      close(listener)
    }

    private func serve(_ socket: Int32) {
      var unread: [UInt8] = []
      while let request = nextRequest(socket, &unread) {
        let attempt = log.withLock { log in
          log.requests.append(request)
          log.attempts[request.target, default: 0] += 1
          return log.attempts[request.target] ?? 1
        }
        for step in script(request, attempt) where !perform(step, socket) { return }
      }
    }

    private func perform(_ step: Step, _ socket: Int32) -> Bool {
      switch step {
      case .send(let text): return write(Array(text.utf8), socket)
      case .bytes(let bytes): return write(bytes, socket)
      case .endless(let text):
        let bytes = Array(text.utf8)
        while write(bytes, socket) {}
        return false
      case .drip(let text, let milliseconds):
        let bytes = Array(text.utf8)
        repeat { usleep(milliseconds * 1000) } while write(bytes, socket)
        return false
      case .stall:
        var byte: UInt8 = 0
        while recv(socket, &byte, 1, 0) > 0 {}
        return false
      case .close: return false
      case .reset:
        // Only the connection is to be lost: what the client has not acknowledged yet would be lost with it.
        var (unacknowledged, patience): (Int32, Int) = (0, 5000)
        while ioctl(socket, UInt(TIOCOUTQ), &unacknowledged) == 0, unacknowledged > 0, patience > 0 {
          patience -= 1
          usleep(1000)
        }
        var lose = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &lose, socklen_t(MemoryLayout<linger>.size))
        return false
      }
    }

    private func write(_ bytes: [UInt8], _ socket: Int32) -> Bool {
      var sent = 0
      while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes {
          send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count <= 0 { return false }
        sent += count
      }
      return true
    }

    private func nextRequest(_ socket: Int32, _ unread: inout [UInt8]) -> Request? {
      let end = Array("\r\n\r\n".utf8)
      var chunk = [UInt8](repeating: 0, count: 4096)
      while true {
        if let range = unread.firstRange(of: end) {
          let head = String(decoding: unread[..<range.lowerBound], as: UTF8.self)
          unread.removeSubrange(..<range.upperBound)
          return Self.request(head)
        }
        let count = recv(socket, &chunk, chunk.count, 0)
        if count <= 0 { return nil }
        unread += chunk[..<count]
        if unread.first == Self.handshake {
          _ = write(Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8), socket)
          return nil
        }
      }
    }

    /// How a TLS client begins (RFC 8446 §5.1). Answered in plain text, as servers do on a port without TLS.
    private static let handshake: UInt8 = 22

    private static func request(_ head: String) -> Request? {
      let lines = head.components(separatedBy: "\r\n")
      let words = lines[0].components(separatedBy: " ")
      guard words.count == 3 else { return nil }
      var headers: [String: String] = [:]
      for line in lines.dropFirst() {
        let parts = line.components(separatedBy: ": ")
        headers[parts[0].lowercased()] = parts.dropFirst().joined(separator: ": ")
      }
      return Request(method: words[0], target: words[1], headers: headers)
    }
  }
}
