import Glibc
import Simplestreams
import Synchronization

/// What the program prints. Results go to standard output, everything else to standard error.
enum Console {
  static func print(_ text: String) {
    write(Array("\(printable(text))\n".utf8), to: STDOUT_FILENO)
  }

  static func note(_ text: String) { draw("\(printable(text))\n") }
  static func error(_ text: String) { draw("maas-mirror: \(printable(text))\n") }
  /// Messages quote documents, servers and files: none of them may write on an operator's terminal.
  static func printable(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x20...0x7E).contains($0) || $0 == 0x0A }) { return text }
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let category = scalar.properties.generalCategory
      let isUnseen =
        switch category {
        case .control: scalar != "\n"
        case .format, .lineSeparator, .paragraphSeparator: true
        default: false
        }
      scalars.append(isUnseen ? "\u{FFFD}" : scalar)
    }
    return String(scalars)
  }

  /// As it is, with what moves the cursor.
  static func draw(_ text: String) { write(Array(text.utf8), to: STDERR_FILENO) }

  /// A reader that went away takes nothing with it: the work goes on.
  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        // The pipe may be shared with a program that never wants to wait. A report may.
        var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&place, 1, -1)
      } else if errno != EINTR {
        let code = errno
        if descriptor == STDOUT_FILENO, code != EPIPE { loss.withLock { $0 = $0 ?? code } }
        return
      }
    }
  }

  private static let loss = Mutex<Int32?>(nil)

  /// Why a result is not where it was to be written, such as on a full disk; `nil` when all is, or nobody reads on.
  static var lostOutput: String? { loss.withLock { $0 }.map { String(cString: strerror($0)) } }

  /// What was closed before the start leads to nowhere from here on: else the next file would be given its number, and what is
  /// printed would be written into that. What the runtime opened before this has one already, which only a new start takes back.
  static func occupyClosed() {
    var isTaken = false
    for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
      let flags = fcntl(descriptor, F_GETFD)
      // Nothing that was handed over is closed by exec: it would not be here.
      if flags >= 0, flags & FD_CLOEXEC == 0 { continue }
      let nowhere = open("/dev/null", descriptor == STDIN_FILENO ? O_RDONLY : O_WRONLY)
      if nowhere < 0 || nowhere == descriptor { continue }
      isTaken = dup2(nowhere, descriptor) == descriptor || isTaken
      close(nowhere)
    }
    if !isTaken { return }
    execv("/proc/self/exe", CommandLine.unsafeArgv)
    preconditionFailure(
      "a standard descriptor is closed, and the program cannot start anew: \(String(cString: strerror(errno)))")
  }

  static func json(_ value: JSONValue) {
    print(String(decoding: JSONWriter.write(value).dropLast(), as: UTF8.self))
  }

  static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

  /// Columns as wide as their widest cell. Numbers stand to the right.
  static func table(_ header: [String], _ rows: [[String]], right: Set<Int> = []) -> String {
    // A title from a document must not begin a row of its own.
    let all = ([header] + rows).map { row in row.map { $0.replacing("\n", with: "\u{FFFD}") } }
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      var line = row.indices.map { column in
        let gap = String(repeating: " ", count: widths[column] - row[column].count)
        return right.contains(column) ? gap + row[column] : row[column] + gap
      }.joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}

extension JSONValue {
  static func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
  static func time(_ seconds: Int64?) -> JSONValue { seconds.map { .string(Timestamp(seconds: $0).iso) } ?? .null }
  static func count(_ count: Int) -> JSONValue { .number(String(count)) }
}
