import Foundation
import Simplestreams
import Storage
import TestSupport

/// A mirror that has always something to do, and whose commands are killed at random moments. Its folder is in memory: a
/// kill takes nothing from the kernel, and a disk would only take time.
final class KillTrial {
  enum Work: CaseIterable {
    case sync, publish, gc, verify, export, intake
  }

  private func command(_ work: Work) -> [String] {
    switch work {
    case .sync: ["sync", "--quiet", "--publish"]
    case .publish: ["publish"]
    case .gc: ["gc", "--accept-removal"]
    case .verify: ["verify", "--repair"]
    case .export: ["export", "--quiet", bundle]
    case .intake: ["import", "--quiet", bundle, "--publish"]
    }
  }

  /// Who does it: an export is another mirror's, which has the same upstream.
  private func worker(_ work: Work) -> Mirror { work == .export ? near : mirror }

  /// What must not be, and was.
  struct Broken: Error { var text: String }

  static let publication = "ephemeral-v3/stable"
  static let grace: TimeInterval = 3

  let mirror: Mirror
  private let near: Mirror
  private let upstream: FakeUpstream
  private var random: SeededRandom
  private var serial = 0
  private var releases: [(String, String)] = []
  private var damaged: Set<SHA256Digest> = []
  /// How long each takes, in microseconds.
  private var durations: [Work: UInt32] = [:]
  private(set) var killed = 0
  private(set) var completed = 0

  init(seed: UInt64) throws {
    random = SeededRandom(seed: seed)
    upstream = try FakeUpstream()
    let settings =
      "[serve]\ngrace = \(Int(Self.grace))\naccess_log = \"off\"\n[gc]\nautomatic = false\nkeep_states = 0\n"
      + "keep_leftovers = 0\n"
      + Mirror.source("stable", upstream, keep: 1, extra: "keep_snapshots = 1\nmax_removal = \"100 %\"")
      + Mirror.publication(Self.publication, ["stable"])
    mirror = try Mirror(settings, isInMemory: true)
    near = try Mirror(settings, isInMemory: true)
    try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
    try complete(["keys", "create"])
    try offer()
    try complete(command(.sync))
  }

  private var bundle: String { near.folder.file("images") }
  private var temporary: String { mirror.folder.file("tmp") }
  private var folder: DataFolder { DataFolder(root: mirror.data) }

  /// What killed runs left in the temporary folder is swept by those that follow: by the first of them, but for what a gpg
  /// wrote that outlived its parent.
  func leftInTemporary() throws -> [String] {
    for _ in 0..<3 {
      try offer()
      try complete(command(.sync))
      if try FileManager.default.contentsOfDirectory(atPath: temporary).isEmpty { return [] }
    }
    return try FileManager.default.contentsOfDirectory(atPath: temporary)
  }

  /// One piece of work: killed a few times, then run to its end.
  func round(_ watch: TreeWatch) throws {
    let work = Work.allCases[Int.random(in: 0..<Work.allCases.count, using: &random)]
    try prepare(work, watch)
    for _ in 0..<Int.random(in: 2...6, using: &random) {
      if try !kill(work) { break }
    }
    try complete(command(work), by: worker(work), as: work)
    // Of a bundle all that matters is that it can be imported.
    if work == .export { try complete(command(.intake)) }
    completed += 1
    damaged = []
    try check(partials: false)
    if work != .gc, work != .verify { try checkPublished() }
    // Only now: what was damaged is back.
    watch.spare([])
  }

  private func prepare(_ work: Work, _ watch: TreeWatch) throws {
    switch work {
    case .sync: try offer()
    case .publish:
      try offer()
      try complete(["sync", "--quiet"])
    case .gc: break
    case .verify: try damage(watch)
    case .export, .intake:
      try offer()
      try complete(["sync", "--quiet"], by: near)
      if work == .intake { try complete(command(.export), by: near) }
    }
  }

  /// Another state of upstream: a new version of each release, and one release more or less.
  private func offer() throws {
    serial += 1
    releases = [("noble", "24.04")] + (Bool.random(using: &random) ? [("jammy", "22.04")] : [])
    let documents = releases.map { Catalogue.ubuntu(versions: [version(serial)], release: $0.0, number: $0.1) }
    try upstream.publish(
      [documents.dropFirst().reduce(documents[0], Catalogue.joined)], updated: FakeUpstream.time + Int64(serial) * 20,
      squashfs: 20_000)
    for path in upstream.paths where path.contains("/\(version(serial - 2))/") {
      upstream.set(String(path.dropFirst("/tree/".count)), nil)
    }
  }

  private func version(_ serial: Int) -> String { "\(20_260_000 + serial)" }

  /// Changes or removes a file of what is served.
  private func damage(_ watch: TreeWatch) throws {
    let items = try StoreState.trees(in: mirror.data)[Self.publication]?.items ?? []
    guard !items.isEmpty else { throw Broken(text: "nothing is published") }
    let file = items[Int.random(in: 0..<items.count, using: &random)]
    damaged = [file.sha256]
    watch.spare(damaged)
    let path = folder.blob(file.sha256)
    if Bool.random(using: &random) { return try FileManager.default.removeItem(atPath: path) }
    guard chmod(path, 0o644) == 0, let handle = FileHandle(forWritingAtPath: path) else {
      throw Broken(text: "cannot damage \(path)")
    }
    try handle.write(contentsOf: Data("damaged".utf8))
    chmod(path, 0o444)
  }

  /// Whether it was killed before its end.
  private func kill(_ work: Work) throws -> Bool {
    let log = mirror.folder.file("killed.log")
    unlink(log)
    let process = try SpawnedProcess(
      Mirror.binary, command(work) + ["--config", worker(work).configuration], output: log,
      environment: ["TMPDIR": temporary])
    usleep(UInt32.random(in: 0...(durations[work] ?? 200_000), using: &random))
    process.signal(SIGKILL)
    let code = process.wait(seconds: 20)
    let said = String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self)
    guard code == -SIGKILL || code == 0 else { throw Broken(text: "\(work) ended with \(code ?? -1): \(said)") }
    if code == 0 { return false }
    killed += 1
    do { try check(partials: true) } catch { throw Broken(text: "\(error), after a kill of \(work): \(said)") }
    return true
  }

  private func complete(_ command: [String], by worker: Mirror? = nil, as work: Work? = nil) throws {
    let began = Date()
    let run = try ProcessRun.run(
      Mirror.binary, command + ["--config", (worker ?? mirror).configuration], environment: ["TMPDIR": temporary])
    if run.code != 0 { throw Broken(text: "\(command), run to its end: \(run.code) \(run.output)\(run.errors)") }
    if let work {
      // The run that ends the work may have had little left to do.
      let time = UInt32(Date().timeIntervalSince(began) * 1_000_000)
      durations[work] = max(time, (durations[work] ?? 0) / 10 * 9)
    }
  }

  private func check(partials: Bool) throws {
    let all = try StoreInvariants.violations(in: mirror.data, partials: partials, staged: partials)
    let found = all.filter { violation in !damaged.contains { violation.contains($0.hex) } }
    if !found.isEmpty { throw Broken(text: found.joined(separator: "; ")) }
  }

  /// What is served is upstream's newest state, and nothing else.
  private func checkPublished() throws {
    let tree = try StoreState.trees(in: mirror.data)[Self.publication]
    let served = Dictionary(uniqueKeysWithValues: (tree?.items ?? []).map { ($0.path.string, $0.sha256) })
    let names = upstream.paths.map { String($0.dropFirst("/tree/".count)) }
    let wanted = names.filter { $0.contains("/\(version(serial))/") }
    let expected = Dictionary(
      uniqueKeysWithValues: wanted.map { ($0, SHA256Digest(hashing: upstream.file($0) ?? [])) })
    if served != expected { throw Broken(text: "served is \(served), and upstream has \(expected)") }
  }
}
