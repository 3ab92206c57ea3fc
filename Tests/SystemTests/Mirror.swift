import Foundation
import Simplestreams
import TestSupport
import Testing

/// The built binary with a configuration and a data folder of its own.
final class Mirror: Sendable {
  let folder: TemporaryFolder
  let configuration: String

  /// - Parameter text: mirror.conf without its `data` line.
  init(_ text: String, isInMemory: Bool = false) throws {
    folder = try TemporaryFolder(isInMemory: isInMemory)
    configuration = folder.file("mirror.conf")
    try write(text)
  }

  convenience init(
    source upstream: FakeUpstream, keep: Int = 2, signed: String = "local", select: String = "", extra: String = ""
  ) throws {
    try self.init(
      Self.source("stable", upstream, keep: keep, select: select, extra: extra)
        + Self.publication("ephemeral-v3/stable", ["stable"], signed: signed))
  }

  func write(_ text: String) throws { try folder.write("data = \"\(data)\"\n\(text)", "mirror.conf") }

  var data: String { folder.file("data") }

  static func source(
    _ name: String, _ upstream: FakeUpstream, keep: Int = 2, select: String = "", extra: String = ""
  ) -> String {
    """

    [[source]]
    name = "\(name)"
    url = "\(upstream.url)"
    keyring = "\(upstream.keyring)"
    keep = \(keep)
    retries = 0
    min_free = 0
    \(extra)
    \(select)

    """
  }

  /// One whose documents are believed without a signature.
  static func unsignedSource(_ name: String, _ upstream: FakeUpstream) -> String {
    source(name, upstream).replacingOccurrences(of: "keyring = \"\(upstream.keyring)\"", with: "unsigned = true")
  }

  /// A source that several servers have; the first one's keyring counts.
  static func source(_ name: String, at addresses: [String], like upstream: FakeUpstream, extra: String = "") -> String
  {
    let list = addresses.map { "\"\($0)\"" }.joined(separator: ", ")
    return source(name, upstream, extra: extra).replacingOccurrences(
      of: "url = \"\(upstream.url)\"", with: "urls = [\(list)]")
  }

  static func publication(_ path: String, _ sources: [String], signed: String = "local") -> String {
    """

    [[publication]]
    path = "\(path)"
    sources = [\(sources.map { "\"\($0)\"" }.joined(separator: ", "))]
    signed = "\(signed)"

    """
  }

  @discardableResult
  func run(_ arguments: String...) throws -> ProcessRun {
    try ProcessRun.run(Self.binary, arguments + ["--config", configuration], folder: folder.path)
  }

  /// With what it had of memory at its peak, in MB.
  func measure(_ arguments: String...) throws -> (run: ProcessRun, peak: Int) {
    let run = try ProcessRun.run(
      Self.binary, arguments + ["--config", configuration], folder: folder.path, measuring: true)
    return (run, try #require(run.peakMegabytes))
  }

  /// What a program may have at its peak; a sanitizer's shadow of it comes on top.
  static func allowed(megabytes: Int) -> Int {
    ProcessInfo.processInfo.environment["TSAN_OPTIONS"] == nil ? megabytes : 2 * megabytes
  }

  func json(_ arguments: String...) throws -> JSONValue {
    let run = try ProcessRun.run(Self.binary, arguments + ["--json", "--config", configuration], folder: folder.path)
    return try JSONReader.read(Array(run.output.utf8))
  }

  /// Makes the key, and has what upstream offers published.
  func begin(sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(try run("keys", "create").code == 0, sourceLocation: sourceLocation)
    #expect(try run("sync", "--publish").code == 0, sourceLocation: sourceLocation)
  }

  func serve() throws -> ServedMirror { try ServedMirror(self) }

  /// Every file of the publications folder and the snapshots, for “nothing changed”.
  func state() throws -> [String: Data] {
    var files: [String: Data] = [:]
    for folder in ["publications", "snapshots"] {
      for name in (try? FileManager.default.contentsOfDirectory(atPath: "\(data)/\(folder)")) ?? [] {
        files["\(folder)/\(name)"] = FileManager.default.contents(atPath: "\(data)/\(folder)/\(name)")
      }
    }
    return files
  }

  var leftovers: [String] { (try? FileManager.default.contentsOfDirectory(atPath: "\(data)/incoming")) ?? [] }

  /// Beside the test bundle, where the build puts it.
  static let binary: String = {
    if let named = ProcessInfo.processInfo.environment["MAAS_MIRROR_BINARY"] { return named }
    let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return bundle.deletingLastPathComponent().appendingPathComponent("maas-mirror").path
  }()
}

/// `maas-mirror serve`, running. Ended with its owner, by its process id.
final class ServedMirror: Sendable {
  /// Of the first that it listens on, without its scheme.
  let address: String
  /// Whole: `https://127.0.0.1:40123/`.
  let addresses: [String]
  private let process: SpawnedProcess
  private let output: String

  struct NotServing: Error { var output: String }

  /// - Parameters:
  ///   - listen: none for what mirror.conf says.
  ///   - count: on how many addresses it is to listen.
  ///   - wrapper: a program that becomes the server, with its arguments.
  init(
    _ mirror: Mirror, listen: [String] = ["127.0.0.1:0"], count: Int = 1, environment: [String: String] = [:],
    wrapper: [String] = []
  ) throws {
    output = mirror.folder.file("serve-\(UUID().uuidString.prefix(8)).log")
    let words =
      wrapper + [Mirror.binary, "serve"] + listen.flatMap { ["--listen", $0] } + ["--config", mirror.configuration]
    process = try SpawnedProcess(words[0], Array(words.dropFirst()), output: output, environment: environment)
    let deadline = Date(timeIntervalSinceNow: 20)
    var found: [String] = []
    var text = ""
    while found.count < count, Date() < deadline, process.isRunning {
      text = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
      found = text.split(separator: "\n").filter { $0.hasPrefix("serving on http") && $0.hasSuffix("/") }
        .map { String($0.dropFirst("serving on ".count)) }
      usleep(5_000)
    }
    guard found.count >= count, let first = found.first?.split(separator: "/").last else {
      throw NotServing(output: text)
    }
    addresses = found
    address = String(first)
  }

  func signal(_ number: Int32) { process.signal(number) }

  var printed: String { String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self) }

  /// Whether it has printed this, or does within ten seconds.
  func says(_ text: String) -> Bool {
    let deadline = Date(timeIntervalSinceNow: 10)
    while Date() < deadline {
      let printed = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
      if printed.contains(text) { return true }
      usleep(5_000)
    }
    return false
  }

  /// Asks it to stop, and returns its exit code.
  func stop() -> Int32? {
    process.signal(SIGTERM)
    return process.wait(seconds: 20)
  }

  func url(_ path: String) -> String { "http://\(address)/\(path)" }

  func get(_ path: String) throws -> (code: Int, body: [UInt8]) {
    let scratch = try TemporaryFolder()
    let run = try ProcessRun.run(
      "/usr/bin/curl", ["-s", "-o", scratch.file("body"), "-w", "%{http_code}", "--path-as-is", url(path)], seconds: 30)
    return (Int(run.output) ?? 0, Array(FileManager.default.contents(atPath: scratch.file("body")) ?? Data()))
  }

  /// Asks again until the answer is as wished, for five seconds at most.
  func eventually(_ path: String, _ isWished: ((code: Int, body: [UInt8])) -> Bool) throws -> Bool {
    let deadline = Date(timeIntervalSinceNow: 5)
    while Date() < deadline {
      if isWished(try get(path)) { return true }
      usleep(50_000)
    }
    return false
  }
}
