import Dispatch
import Glibc
import Synchronization

/// Writes lines to a file or to standard output, beside the event loops: a disk or a reader that stands still holds no
/// request up. What does not fit into the buffer meanwhile is dropped, counted, and told.
final class AccessLog: Sendable {
  /// What may wait: about 20,000 lines.
  static let limit = 4 << 20
  /// How long a line may wait for others to be written with it: on a busy server, a thousand of them.
  private static let patience = DispatchTimeInterval.milliseconds(10)

  fileprivate struct State {
    var waiting: [UInt8] = []
    var isWriting = false
    var dropped = 0
    var droppedInAll = 0
    /// Whether the last write failed, so that a full disk is told once.
    var hasFailed = false
    /// Lines since then.
    var lost = 0
  }

  private struct Place {
    var descriptor: Int32
    var tail = LogTail()
  }

  /// `nil` for standard output.
  let path: String?
  private let place: Mutex<Place>
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "maas-mirror.access-log")
  private let report: @Sendable (String) -> Void

  init(path: String?, report: @escaping @Sendable (String) -> Void) throws(ServingError) {
    self.path = path
    self.report = report
    place = Mutex(Place(descriptor: try path.map(Self.open) ?? STDOUT_FILENO))
  }

  deinit { place.withLock { if path != nil { close($0.descriptor) } } }

  /// Lines that are in no file.
  var dropped: Int { state.withLock { $0.droppedInAll } }

  /// - Parameter lines: how many they are.
  func write(_ bytes: [UInt8], lines: Int) {
    let mustWake = state.withLock { state in
      guard state.waiting.count + bytes.count <= Self.limit else {
        state.dropped += lines
        state.droppedInAll += lines
        return false
      }
      state.waiting += bytes
      defer { state.isWriting = true }
      return !state.isWriting
    }
    if mustWake { queue.asyncAfter(deadline: .now() + Self.patience) { self.drain() } }
  }

  /// After a rotation: lines from now on go to the file that has the name now. The old one is kept if that fails.
  func reopen() {
    guard let path else { return }
    queue.async {
      do throws(ServingError) {
        let fresh = try Self.open(path)
        let lost = self.place.withLock { place in
          close(place.descriptor)
          place.descriptor = fresh
          return place.tail.leave()
        }
        self.state.withLock { $0.lose(lost) }
      } catch {
        self.report("\(error); the access log goes on in the file as it was")
      }
    }
  }

  /// Whether all is written before the time is over: a reader of standard output that stands still must not hold a
  /// stop up.
  func waitUntilWritten(for limit: Duration) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while state.withLock({ $0.isWriting }) {
      if ContinuousClock.now >= deadline { return false }
      // Cancelled: then it is asked more often, and ends no later.
      try? await Task.sleep(for: .milliseconds(5))
    }
    return true
  }

  private func drain() {
    while true {
      let (bytes, dropped) = state.withLock { state in
        defer {
          let next = state.waiting.count
          (state.waiting, state.dropped) = ([], 0)
          // As much will come again, and is then not copied while it grows.
          state.waiting.reserveCapacity(next)
        }
        if state.waiting.isEmpty, state.dropped == 0 { state.isWriting = false }
        return (state.waiting, state.dropped)
      }
      if bytes.isEmpty, dropped == 0 { return }
      write(bytes)
      if dropped > 0 { report("the access log is too slow: \(dropped) lines were dropped") }
    }
  }

  private func write(_ bytes: [UInt8]) {
    let (failure, lost) = place.withLock { place in
      let bytes = place.tail.rest.isEmpty ? bytes : place.tail.rest + bytes
      let (count, failure) = Self.write(bytes, to: place.descriptor)
      return (failure, place.tail.end(of: bytes, written: count))
    }
    let before = state.withLock { state in
      state.lose(lost)
      defer {
        state.hasFailed = failure != nil
        if failure == nil { state.lost = 0 }
      }
      return state
    }
    if let failure, !before.hasFailed {
      report("cannot write the access log \(name): \(String(cString: strerror(failure)))")
    } else if failure == nil, before.hasFailed {
      report(
        "the access log \(name) is written again; \(before.lost == 1 ? "1 line is" : "\(before.lost) lines are") lost")
    }
  }

  private var name: String { path ?? "on standard output" }

  private static func open(_ path: String) throws(ServingError) -> Int32 {
    // A pipe that nobody reads would be waited for, and with it every reload, and the stop.
    let descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK, 0o640)
    if descriptor < 0 {
      throw .cannotLog(path, reason: errno == ENXIO ? "nobody reads from it" : String(cString: strerror(errno)))
    }
    return descriptor
  }
}

extension AccessLog {
  /// - Returns: how many of the bytes were written, and why not all.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> (Int, Int32?) {
    bytes.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count >= 0 {
          written += count
        } else if errno == EAGAIN {
          // Standard output may be shared with a program that never wants to wait. Lines may.
          var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&place, 1, -1)
        } else if errno != EINTR {
          return (written, errno)
        }
      }
      return (written, nil)
    }
  }
}

extension AccessLog.State {
  fileprivate mutating func lose(_ lines: Int) {
    lost += lines
    droppedInAll += lines
  }
}
