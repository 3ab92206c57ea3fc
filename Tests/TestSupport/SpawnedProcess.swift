import Foundation
package import Glibc
import Synchronization

/// A program that was started. Ended by its id, and with its owner.
///
/// Made of posix_spawn, because Foundation's `Process` is not safe to start from several tests at once.
package final class SpawnedProcess: Sendable {
  package let id: pid_t
  /// As `waitpid` said it; set once the process has been waited for.
  private let ended = Mutex<Int32?>(nil)

  package struct CannotStart: Error { package var reason: String }

  /// - Parameters:
  ///   - input: a file to read standard input from.
  ///   - output: a file for standard output; standard error goes to `errors`, or there too.
  package init(
    _ program: String, _ arguments: [String], input: String = "/dev/null", output: String = "/dev/null",
    errors: String? = nil, folder: String? = nil, environment: [String: String] = [:]
  ) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    if let errors {
      posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    } else {
      posix_spawn_file_actions_adddup2(&actions, 1, 2)
    }
    // A test's own sockets must not live on in what it starts.
    for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
      if let number = Int32(name), number > 2 { posix_spawn_file_actions_addclose(&actions, number) }
    }
    let (program, arguments) = folder.map { ("/usr/bin/env", ["-C", $0, program] + arguments) } ?? (program, arguments)
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in words + settings { free(text) } }
    var started: pid_t = 0
    let code = posix_spawn(&started, program, &actions, nil, &words, &settings)
    guard code == 0 else { throw CannotStart(reason: "\(program): \(String(cString: strerror(code)))") }
    id = started
  }

  deinit {
    if isRunning {
      kill(id, SIGKILL)
      _ = wait(seconds: 10)
    }
  }

  /// A server, once it takes connections on a port of loopback.
  package static func listening(
    on port: Int, _ program: String, _ arguments: [String], output: String
  ) throws -> SpawnedProcess {
    let process = try SpawnedProcess(program, arguments, output: output)
    let deadline = Date(timeIntervalSinceNow: 10)
    while Date() < deadline, process.isRunning {
      if let socket = try? LoopbackSocket.connect(port: port, patience: 1) {
        close(socket)
        return process
      }
      usleep(10_000)
    }
    let said = FileManager.default.contents(atPath: output) ?? Data()
    throw CannotStart(reason: "\(program): \(String(decoding: said, as: UTF8.self))")
  }

  package var isRunning: Bool { poll() == nil }

  package func signal(_ number: Int32) { if isRunning { kill(id, number) } }

  /// The exit code, the negative signal, or `nil` when it still runs after so many seconds.
  package func wait(seconds: Double) -> Int32? {
    let deadline = Date(timeIntervalSinceNow: seconds)
    while true {
      if let status = poll() { return status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F) }
      if Date() > deadline { return nil }
      usleep(2_000)
    }
  }

  private func poll() -> Int32? {
    ended.withLock { ended in
      if ended == nil {
        var status: Int32 = 0
        if waitpid(id, &status, WNOHANG) == id { ended = status }
      }
      return ended
    }
  }
}
