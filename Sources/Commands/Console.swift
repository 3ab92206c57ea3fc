import Glibc
import Simplestreams
import Synchronization

/// What the program prints. Results go to standard output, everything else to standard error.
enum Console {
  /// A result.
  static func print(_ text: String) { write(Array("\(printable(text))\n".utf8)) }

  /// What a service says of itself there: nothing waits for it, and nothing is missing without it.
  static func remark(_ text: String) { _ = tell("\(printable(text))\n", on: STDOUT_FILENO, waiting: 0) }

  static func note(_ text: String) {
    unread.withLock { count in
      let before =
        count == 0 ? "" : "(\(count == 1 ? "a message" : "\(count) messages") before this nobody read in time)\n"
      let wait = count == 0 ? patience.load(ordering: .relaxed) : 0
      count = tell("\(before)\(printable(text))\n", on: STDERR_FILENO, waiting: wait) ? 0 : count + 1
    }
  }
  static func error(_ text: String) { note("maas-mirror: \(text)") }

  /// From now on nothing waits for whoever reads standard error, as is right for a service.
  static func waitForNobody() { patience.store(0, ordering: .relaxed) }

  /// Milliseconds for which a reader of standard error that stands still is waited for, once.
  private static let patience = Atomic<Int32>(5_000)
  /// Messages that were waited for in vain, since the last one that was read.
  private static let unread = Mutex(0)

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

  /// As it is, with what moves the cursor. The next one says as much.
  static func draw(_ text: String) { _ = tell(text, on: STDERR_FILENO, waiting: 0) }

  /// - Returns: whether nothing is left that somebody might still read.
  private static func tell(_ text: String, on descriptor: Int32, waiting patience: Int32) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      var place = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      let ready = poll(&place, 1, patience)
      if ready == 0 { return false }
      if ready < 0 && errno != EINTR { return true }
      if ready < 0 { continue }
      // What a pipe takes at once when it takes anything (PIPE_BUF): more might be waited for.
      let piece = rest.prefix(4096)
      let (left, code) = offer(piece, to: descriptor)
      if code != 0 && code != EAGAIN { return true }
      rest = rest.dropFirst(piece.count - left.count)
    }
    return true
  }

  /// A result as bytes.
  static func write(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while true {
      let code: Int32
      (rest, code) = offer(rest, to: STDOUT_FILENO)
      if code == 0 { return }
      if code != EAGAIN { return note(loss: code) }
      // The pipe may be shared with a program that never wants to wait. A report may.
      var place = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
      _ = poll(&place, 1, -1)
    }
  }

  /// - Returns: what is left, and why; 0 with nothing.
  private static func offer(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> (rest: ArraySlice<UInt8>, code: Int32)
  {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 { rest = rest.dropFirst(count) } else if errno != EINTR { return (rest, errno) }
    }
    return (rest, 0)
  }

  /// A reader that went away takes nothing with it: that of a pipe, of a connection, or who sat at the terminal.
  private static func note(loss code: Int32) {
    if [EPIPE, ECONNRESET].contains(code) || code == EIO && wroteToTerminal { return }
    loss.withLock { $0 = $0 ?? code }
  }

  private static let loss = Mutex<Int32?>(nil)
  /// As it was at the start: one that is hung up is none any more.
  private static let wroteToTerminal = isatty(STDOUT_FILENO) == 1

  /// What there is to say of results that are not where they were to be written, such as on a full disk; `nil` when all are, or
  /// nobody reads on.
  static var lostOutput: String? {
    loss.withLock { $0 }.map {
      "cannot write to standard output: \(String(cString: strerror($0))); what was done stays done, but its report is lost"
    }
  }

  /// Before anything is opened or printed.
  static func start() {
    occupyClosed()
    // A reader that went away is no reason to die in the middle of a switch.
    signal(SIGPIPE, SIG_IGN)
    _ = wroteToTerminal
  }

  /// What was closed before the start leads to nowhere from here on: else the next file would be given its number, and what is
  /// printed would be written into that. What the runtime opened before this has one already, which only a new start takes back.
  private static func occupyClosed() {
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
    let link = "/proc/self/exe"
    // By the name that it was started by, or it would be shown as “exe”.
    if let name = startedBy, isOne(name, link) { execv(name, CommandLine.unsafeArgv) }
    execv(link, CommandLine.unsafeArgv)
    error("a standard descriptor is closed, and the program cannot start anew: \(String(cString: strerror(errno)))")
    exit(ExitTable.disk)
  }

  /// As the kernel was told (getauxval(3)).
  private static var startedBy: UnsafePointer<CChar>? {
    typealias Auxiliary = @convention(c) (UInt) -> UInt
    // Of <sys/auxv.h>, which Swift's Glibc module does not show.
    let fileName: UInt = 31
    guard let value = dlsym(nil, "getauxval").map({ unsafeBitCast($0, to: Auxiliary.self) }) else { return nil }
    return UnsafePointer(bitPattern: value(fileName))
  }

  /// Whether two names are those of one file.
  private static func isOne(_ first: UnsafePointer<CChar>, _ second: String) -> Bool {
    var (one, other) = (stat(), stat())
    return stat(first, &one) == 0 && stat(second, &other) == 0
      && (one.st_dev, one.st_ino) == (other.st_dev, other.st_ino)
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
