import Glibc
import Mirroring
import Storage
import Synchronization

/// Shows a sync: moving bars on a terminal, plain lines now and then otherwise.
final class ProgressDisplay: Sendable {
  let progress = SyncProgress()
  private let source: String
  private let isQuiet: Bool
  private let isTerminal: Bool
  private let state = Mutex(State())

  private struct State {
    var total: Int64 = 0
    var files = 0
    var started: ContinuousClock.Instant?
    /// How wide each line on the screen is.
    var drawn: [Int] = []
  }

  init(source: String, isQuiet: Bool) {
    self.source = source
    self.isQuiet = isQuiet
    isTerminal = Console.isTerminal && !isQuiet
  }

  func show(_ event: SyncEvent) {
    switch event {
    case .reading(let source): line("\(source): reading upstream's documents")
    case .planned(let plan):
      begin(files: plan.toFetch.count, bytes: plan.bytesToFetch)
      line(
        "\(source): \(Counted.text(plan.toFetch.count, "file")) to fetch, \(Bytes.text(plan.bytesToFetch)); "
          + "\(Counted.text(plan.present.count, "file")), \(Bytes.text(plan.bytesPresent)), here already")
    case .fetched: break
    case .failed(let path, let reason): warn("\(source): \(path) failed: \(reason)")
    case .note(let text): warn("\(source): \(text)")
    case .retrying(_, let reason, let seconds):
      warn("\(source): trying again in \(Int(seconds.rounded(.up))) s: \(reason)")
    case .snapshot(let id, let snapshot): line("\(source): snapshot \(id.short), \(Bytes.text(snapshot.bytes)) in all")
    }
  }

  /// Says how much there will be.
  func begin(files: Int, bytes: Int64) {
    state.withLock { state in
      state.total = bytes
      state.files = files
      state.started = .now
    }
  }

  /// Draws while the work lasts.
  func drawing<Value>(_ work: () async throws -> Value) async throws -> Value {
    let drawing = Task { await draw() }
    let result: Result<Value, any Error>
    do { result = .success(try await work()) } catch { result = .failure(error) }
    drawing.cancel()
    // What comes next stands below what was drawn last.
    await drawing.value
    return try result.get()
  }

  /// Until its task is cancelled.
  private func draw() async {
    if isQuiet { return }
    let interval: Duration = isTerminal ? .milliseconds(200) : .seconds(10)
    while !Task.isCancelled {
      // Cancellation is how a drawing ends, so its error says nothing.
      try? await Task.sleep(for: interval)
      if Task.isCancelled { break }
      guard state.withLock({ $0.started != nil }) else { continue }
      if isTerminal { redraw() } else { Console.note("\(source): \(summary())") }
    }
    if isTerminal { erase() }
  }

  private func summary() -> String {
    let (total, files, started) = state.withLock { ($0.total, $0.files, $0.started) }
    let done = progress.bytesDone
    let seconds = started.map { (ContinuousClock.now - $0) / .seconds(1) } ?? 0
    // What an earlier sync brought was not received at this rate.
    let rate = seconds > 0 ? max(0, Double(done - progress.bytesHeld)) / seconds : 0
    let share = total > 0 ? Int(done * 100 / total) : 100
    var text =
      "\(share) %  \(Bytes.text(done)) of \(Bytes.text(total))  \(progress.filesDone) of \(files) files  \(Bytes.text(Int64(rate)))/s"
    if rate > 0, done < total { text += "  \(Clock.age(Int64(Double(total - done) / rate))) left" }
    return text
  }

  private func redraw() {
    let screen = Self.screen
    let width = screen.columns - 1
    let summary = summary()
    let total = state.withLock { $0.total }
    // The bar goes first where there is no room for both.
    let bar = width >= summary.count + 12 ? Self.bar(progress.bytesDone, of: total, width: 10) + " " : ""
    var lines = [String("\(bar)\(summary)".prefix(width))]
    // One line stays for the cursor: a screen that scrolls cannot be erased.
    for file in progress.activeFiles.prefix(min(8, screen.rows - 2)) {
      let start = "  \(Self.bar(file.done, of: file.size, width: 10)) \(Bytes.text(file.size))  "
      lines.append(String((start + Self.tail(of: file.path, width: width - start.count)).prefix(width)))
    }
    erase()
    Console.draw(lines.map { $0 + "\n" }.joined())
    state.withLock { $0.drawn = lines.map(\.count) }
  }

  /// The terminal may have become narrower since: then each line takes several.
  private func erase() {
    let columns = Self.screen.columns
    let rows = state.withLock { state in
      defer { state.drawn = [] }
      return state.drawn.reduce(0) { $0 + max(1, ($1 + columns - 1) / columns) }
    }
    if rows > 0 { Console.draw("\u{1B}[\(rows)A\u{1B}[J") }
  }

  /// Paths differ at their ends.
  private static func tail(of path: String, width: Int) -> String {
    path.count <= width ? path : "…" + path.suffix(max(0, width - 1))
  }

  func line(_ text: String) {
    if isQuiet { return }
    if isTerminal { erase() }
    Console.note(text)
  }

  private func warn(_ text: String) {
    if isTerminal { erase() }
    Console.note(text)
  }

  private static func bar(_ done: Int64, of total: Int64, width: Int) -> String {
    let filled = total > 0 ? min(width, Int(done * Int64(width) / total)) : width
    return String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
  }

  private static var screen: (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
    return (max(10, Int(size.ws_col)), max(3, Int(size.ws_row)))
  }
}
