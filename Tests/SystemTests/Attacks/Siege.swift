import Foundation
import Simplestreams
import Synchronization
import TestSupport
import Testing

/// A mirror that has published once, and an upstream that turns against it.
struct Siege {
  static let index = "streams/v1/index.sjson"
  static let products = "streams/v1/com.ubuntu.maas:stable:v3:download.sjson"
  static let product = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
  static let first: Int64 = FakeUpstream.time

  let upstream: FakeUpstream
  let mirror: Mirror
  private let before: [String: Data]
  private let clock = Counter()

  private final class Counter: Sendable {
    private let value = Atomic(0)
    func next() -> Int { value.add(1, ordering: .relaxed).newValue }
  }

  init(keep: Int = 2, extra: String = "") throws {
    upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])], updated: Self.first)
    mirror = try Mirror(source: upstream, keep: keep, extra: extra)
    #expect(try mirror.run("keys", "create").code == 0)
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    before = try mirror.state()
  }

  /// What an honest upstream offers next.
  func publishNext(
    _ versions: [String] = ["20260101", "20260201"], edit: (inout JSONValue) -> Void = { _ in },
    editIndex: (inout JSONValue) -> Void = { _ in }
  ) throws {
    // A minute later each time, as an index that says the same is taken for an unchanged tree.
    let minutes = clock.next()
    try upstream.publish(
      [Catalogue.ubuntu(versions: versions)], updated: Self.first + 86_400 + Int64(minutes) * 60, edit: edit,
      editIndex: editIndex)
  }

  /// The sync refuses upstream's documents with this code and these words, and everything is as before, byte for byte.
  /// - Parameter partials: whether what arrived of a file may be kept for the next sync.
  func isRepelled(
    code: Int32 = 65, _ words: String..., partials: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == code, "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
    for word in words {
      #expect(run.errors.contains(word), "\(run.errors)", sourceLocation: sourceLocation)
    }
    #expect(try mirror.state() == before, sourceLocation: sourceLocation)
    try isSound(partials: partials, sourceLocation: sourceLocation)
  }

  /// The sync does what it can, says what it cannot, and publishes nothing that is not whole.
  func goesOnWithout(
    _ versions: [String], _ words: String..., code: Int32 = 1, partials: Bool = false,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == code, "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
    for word in versions + words {
      #expect(run.output.contains(word), "\(run.output)", sourceLocation: sourceLocation)
    }
    try isSound(partials: partials, sourceLocation: sourceLocation)
    let served = try servedPaths()
    #expect(!served.contains { path in versions.contains { path.contains($0) } }, sourceLocation: sourceLocation)
  }

  /// Once upstream is honest again, nothing is left of the attack.
  func recovers(sourceLocation: SourceLocation = #_sourceLocation) throws {
    upstream.behave()
    try publishNext()
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
    try isSound(partials: false, sourceLocation: sourceLocation)
    #expect(try servedPaths().contains { $0.contains("20260201") }, sourceLocation: sourceLocation)
  }

  func isSound(partials: Bool = false, sourceLocation: SourceLocation = #_sourceLocation) throws {
    #expect(
      try StoreInvariants.violations(in: mirror.data, partials: partials) == [], sourceLocation: sourceLocation)
  }

  private func servedPaths() throws -> [String] {
    let keyring = mirror.folder.file("keyring.gpg")
    #expect(try mirror.run("keys", "export", "--output", keyring).code == 0)
    return try RegionWalk(try mirror.serve(), keyring: keyring).files.keys.map(\.string)
  }
}

extension JSONValue {
  /// Changes one item of a catalogue as `Siege.publishNext` offers it.
  mutating func editItem(of version: String = "20260201", _ change: (inout JSONValue) -> Void) {
    guard var item = self["products"]?[Siege.product]?["versions"]?[version]?["items"]?["squashfs"] else { return }
    change(&item)
    self["products"]?[Siege.product]?["versions"]?[version]?["items"]?["squashfs"] = item
  }
}
