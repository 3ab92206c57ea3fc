import Foundation
import Storage
import TestSupport

/// A mirror that publishes one version, with work to do: copies of it are put on disks that fail.
struct Trial {
  enum Work: String, CaseIterable, Sendable {
    case sync, publish, gc, intake
  }

  let work: Work
  private let upstream: FakeUpstream
  private let template: Mirror
  /// What an intake takes in.
  private let bundle: String

  var command: [String] {
    switch work {
    case .sync: ["sync", "--publish"]
    case .publish: ["publish"]
    case .gc: ["gc", "--accept-removal"]
    case .intake: ["import", bundle, "--publish"]
    }
  }

  init(_ work: Work) throws {
    self.work = work
    upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], updated: FakeUpstream.time)
    template = try Mirror(Self.settings(work, upstream))
    bundle = template.folder.file("images")
    try Self.succeed(template, "keys", "create")
    try Self.succeed(template, "sync", "--publish")
    try upstream.publish([Catalogue.ubuntu(versions: ["20260102"])], updated: FakeUpstream.time + 86_400)
    if work == .intake {
      let near = try mirror()
      try Self.succeed(near, "sync")
      try Self.succeed(near, "export", bundle)
      return
    }
    if work != .sync { try Self.succeed(template, "sync") }
    if work == .gc {
      try Self.succeed(template, "publish")
      try Self.waitUntilItIsPast(template)
    }
  }

  struct Failed: Error { var text: String }

  /// A clean-up has something to do only where nothing is kept for later.
  private static func settings(_ work: Work, _ upstream: FakeUpstream) -> String {
    (work == .gc ? "[serve]\ngrace = 0\n[gc]\nautomatic = false\nkeep_states = 0\n" : "")
      + Mirror.source("stable", upstream, keep: 1, extra: "keep_snapshots = 1")
      + Mirror.publication("ephemeral-v3/stable", ["stable"])
  }

  private static func succeed(_ mirror: Mirror, _ words: String...) throws {
    let run = try ProcessRun.run(Mirror.binary, words + ["--config", mirror.configuration])
    if run.code != 0 { throw Failed(text: "\(words): \(run.output)\(run.errors)") }
  }

  /// What was replaced within this second is still due to regions.
  private static func waitUntilItIsPast(_ mirror: Mirror) throws {
    let folder = DataFolder(root: mirror.data)
    let store = PublicationStore(folder, blobs: FileBlobStore(folder))
    let time = try store.paths().compactMap { try store.record($0)?.current.publishedAt }.max() ?? 0
    let deadline = Date(timeIntervalSinceNow: 10)
    while Date().timeIntervalSince1970 < Double(time + 1), Date() < deadline { usleep(10_000) }
  }

  /// A copy of the mirror, with a folder of its own.
  func mirror() throws -> Mirror {
    let copy = try Mirror(Self.settings(work, upstream))
    let run = try ProcessRun.run("/bin/cp", ["-a", template.data, copy.data])
    if run.code != 0 { throw Failed(text: run.errors) }
    return copy
  }
}
