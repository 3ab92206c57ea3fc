import Catalog
import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

@testable import Mirroring

@Suite struct CleanupTests {
  private let sample: SampleStore
  private let texts = ["one", "two", "three", "shared", "stray", "index", "payload of index"]

  init() throws { sample = try SampleStore() }

  /// Three snapshots of one source, each published once.
  private func fill() throws {
    for (number, text) in [(1, "one"), (2, "two"), (3, "three")] {
      let id = try sample.snapshot("s", number, document: number == 3 ? "index" : nil, [text, "shared"])
      try sample.publish("p", at: Int64(number) * 1000, of: [id], [text, "shared"])
    }
    try sample.store.blobs.insert(Array("stray".utf8))
  }

  @Test func removesWhatNothingNamesAndNothingElse() throws {
    try fill()
    let plan = try sample.plan(.sample(), now: 3200)
    #expect(plan.states == 2 && plan.snapshots.count == 2)
    // Nothing has happened yet.
    #expect(try sample.held(texts) == texts)
    try sample.store.carryOut(plan)
    #expect(try sample.held(texts) == ["three", "shared", "index", "payload of index"])
    #expect(try sample.has("keyring") && sample.has("zstd of three") && !sample.has("zstd of one"))
    #expect(try sample.missing().isEmpty)
    #expect(try sample.store.catalog.snapshots().map(\.sequence) == [3])
    #expect(try sample.store.publications.record(PublicationPath("p")!)?.history == [])
    #expect(try sample.plan(.sample(), now: 3200).isEmpty)
  }

  /// A hundred gigabytes are not fetched twice because somebody cleaned up in between.
  @Test(arguments: ["ok", "failed: no space", "partial: 1 versions are missing"])
  func whatASyncFetchedThatDidNotEndStaysUntilOneEnds(outcome: String) throws {
    try fill()
    let arrival = try #require(try sample.store.blobs.arrival(of: SampleStore.digest("stray")))
    let all = Retention.sample(leftovers: 1000)
    try sample.ended(at: outcome == "ok" ? arrival + 1 : arrival - 1, outcome, attempt: arrival + 1)
    let kept = outcome == "failed: no space" ? ["stray"] : []
    #expect(try sample.plan(all, now: arrival + 999).unfinished.map(\.digest) == kept.map(SampleStore.digest))
    #expect(try sample.plan(all, now: arrival + 1000).unfinished.isEmpty)
    try sample.store.carryOut(try sample.plan(all, now: arrival + 999))
    #expect(try sample.held(texts) == ["three", "shared"] + kept + ["index", "payload of index"])
    // What a snapshot named that goes is no rest of a sync, however young it is.
    #expect(try !sample.has("zstd of one"))
  }

  /// The one that never ended may have fetched everything; without any source nothing goes on.
  @Test func theSourceThatEndedLongestAgoDecides() throws {
    try fill()
    let arrival = try #require(try sample.store.blobs.arrival(of: SampleStore.digest("stray")))
    try sample.ended(at: arrival + 1, "ok", attempt: arrival + 1)
    let rule = Retention.Snapshots(count: 1, age: 0)
    #expect(try sample.plan(.sample(["s": rule, "new": rule]), now: arrival).unfinished.count == 1)
    #expect(try sample.plan(.sample(["s": rule]), now: arrival).unfinished.isEmpty)
    #expect(try sample.plan(.sample([:]), now: arrival).unfinished.isEmpty)
  }

  @Test func keepsWhatWasReplacedWithinTheGracePeriod() throws {
    try fill()
    try sample.store.carryOut(try sample.plan(.sample(), now: 3050))
    #expect(try sample.held(texts) == ["two", "three", "shared", "index", "payload of index"])
    #expect(try sample.store.snapshots.ids().count == 2)
    #expect(try sample.missing().isEmpty)
  }

  /// They are newer than the snapshot's, where upstream moved nothing but its times.
  @Test func keepsTheDocumentsThatUpstreamIsAskedAboutNext() throws {
    try fill()
    var state = try #require(try sample.store.catalog.state(of: "s"))
    for text in ["later", "its payload"] { try sample.store.blobs.insert(Array(text.utf8)) }
    state.documents = [
      .init(
        role: "index", contentID: nil, path: "streams/v1/index.json",
        received: [.init(path: "streams/v1/index.json", sha256: SampleStore.digest("later").hex, size: 5)],
        payload: SampleStore.digest("its payload").hex, signedBy: nil, signedAt: nil, entityTag: nil,
        lastModified: nil, updated: nil)
    ]
    try sample.store.catalog.save(state)
    try sample.store.carryOut(try sample.plan(.sample(), now: 9000))
    #expect(try sample.held(["later", "its payload", "stray"]) == ["later", "its payload"])
    try sample.store.carryOut(try sample.plan(.sample([:], forgotten: ["s"]), now: 9000))
    #expect(try sample.held(["later", "its payload", "three"]) == ["three"])
  }

  /// The store as it is after a kill behind every single removal.
  @Test func nothingIsNamedThatIsNotThereWhereverItIsKilled() throws {
    var stops = 0
    for limit in 0..<30 {
      let sample = try SampleStore()
      try CleanupTests(sample).fill()
      let breaking = MirrorStore(
        sample.data, catalog: sample.store.catalog, blobs: BreakingBlobStore(FileBlobStore(sample.data), after: limit))
      let plan = try sample.plan(.sample(), now: 9000, in: breaking)
      do {
        try breaking.carryOut(plan)
      } catch {
        stops += 1
      }
      #expect(try sample.missing().isEmpty, "after \(limit) removals")
      // And the next run ends it.
      try sample.store.carryOut(try sample.plan(.sample(), now: 9000))
      #expect(try sample.held(texts) == ["three", "shared", "index", "payload of index"])
    }
    #expect(stops == 7, "one for each blob that goes")
  }

  private init(_ sample: SampleStore) { self.sample = sample }

  /// Nobody can tell any more what it named; and nobody has to mend it, that the disk does not fill.
  @Test(arguments: ["snapshot", "record", "tree"])
  func whatCannotBeReadHoldsTheBlobsForTheGracePeriod(kind: String) throws {
    try fill()
    let record = try #require(try sample.store.publications.record(PublicationPath("p")!))
    let path =
      switch kind {
      case "snapshot": sample.data.snapshot(try #require(try sample.store.snapshots.ids().first))
      case "record": sample.data.publication(record.path)
      default: sample.data.blob(record.current.tree)
      }
    #expect(chmod(path, 0o644) == 0)
    try Data("{".utf8).write(to: URL(fileURLWithPath: path))
    let now = Int64(Date().timeIntervalSince1970)
    let plan = try sample.plan(.sample(leftovers: 1000), now: now)
    #expect(plan.blobs.isEmpty && plan.heldUntil.map { (now...now + 101).contains($0) } ?? false)
    #expect(plan.damaged.count == (kind == "snapshot" ? 0 : 1))
    #expect(plan.damagedSnapshots.count == (kind == "snapshot" ? 1 : 0))
    #expect(kind == "snapshot" || plan.snapshots.isEmpty)
    try sample.store.carryOut(plan)
    #expect(try sample.held(texts) == texts)
    // Held on behind that, as what is in quarantine says, and then no longer.
    #expect(try sample.plan(.sample(leftovers: 1000), now: now + 90).blobs.isEmpty)
    let free = try sample.plan(.sample(leftovers: 1000), now: now + 110)
    #expect(free.heldUntil == nil && !free.blobs.isEmpty && free.damagedSnapshots.isEmpty)
  }

  @Test func refusesRecordsOfANewerFormat() throws {
    try fill()
    var record = try #require(try sample.store.publications.record(PublicationPath("p")!))
    record.format = "maas-mirror-publication:2"
    try sample.store.publications.save(record)
    let error = try #require(throws: MirrorError.self) { try sample.plan(.sample(), now: 9000) }
    #expect(error.description.contains("maas-mirror-publication:2"))
  }

  /// What it named is due to regions for the grace period, and nobody knows it any more.
  @Test func aRecordThatWasSetAsideHoldsTheBlobsForTheGracePeriod() throws {
    try fill()
    let path = sample.data.publication(PublicationPath("p")!)
    #expect(rename(path, "\(path).damaged-5000") == 0)
    let aside = try #require(try sample.data.leftovers().first { $0.kind == .damaged })
    let held = try sample.plan(.sample(), now: aside.since + 99)
    #expect(held.blobs.isEmpty && held.heldUntil == aside.since + 100)
    let free = try sample.plan(.sample(), now: aside.since + 100)
    #expect(free.heldUntil == nil && !free.blobs.isEmpty)
  }

  /// Lost with the disk, say: nothing brings a replaced tree back, and the clean-up must not wait for that.
  @Test func aReplacedTreeThatIsLostHoldsTheBlobsForItsGracePeriod() throws {
    try fill()
    let record = try #require(try sample.store.publications.record(PublicationPath("p")!))
    try sample.store.blobs.remove(record.history[0].tree)
    let held = try sample.plan(.sample(), now: 3099)
    #expect(held.blobs.isEmpty && held.heldUntil == 3100)
    let free = try sample.plan(.sample(), now: 3100)
    #expect(free.heldUntil == nil && !free.blobs.isEmpty)
  }

  @Test func leftoversGoAfterTheirTimeAndOtherFilesStay() throws {
    try FileManager.default.createDirectory(atPath: sample.data.quarantine, withIntermediateDirectories: true)
    try sample.data.createForServer()
    let names = [
      "incoming/ab.part", "quarantine/cd", "publications/p.json.damaged-1", "catalog.sqlite.damaged-1-wal",
      "serve/clients.sqlite.damaged-1",
    ]
    let others = ["incoming/note", "publications/readme", "catalog.sqlite.backup", "serve/clients.sqlite"]
    for name in names + others { try sample.folder.write("12345", name) }
    let since = try #require(try sample.data.leftovers().map(\.since).max())
    #expect(try sample.plan(.sample(grace: 0), now: since + 900).leftovers.isEmpty)
    let plan = try sample.plan(.sample(grace: 0), now: since + 1000)
    #expect(plan.leftovers.map(\.kind) == [.partial, .quarantined, .damaged, .damaged, .damaged] && plan.freed == 25)
    try sample.store.carryOut(plan)
    #expect(names.filter { FileManager.default.fileExists(atPath: sample.folder.file($0)) } == [])
    #expect(others.filter { FileManager.default.fileExists(atPath: sample.folder.file($0)) } == others)
  }
}

/// Fails at one removal, and at all that follow, as a killed process would.
private final class BreakingBlobStore: BlobStore, @unchecked Sendable {
  private let store: FileBlobStore
  private var left: Int

  init(_ store: FileBlobStore, after count: Int) { (self.store, left) = (store, count) }

  func remove(_ digest: SHA256Digest) throws(StorageError) {
    if left == 0 { throw .noSpace(path: "the test") }
    left -= 1
    try store.remove(digest)
  }

  func size(of digest: SHA256Digest) throws(StorageError) -> Int64? { try store.size(of: digest) }
  func open(_ digest: SHA256Digest) throws(StorageError) -> OpenFile { try store.open(digest) }
  func insert(_ bytes: [UInt8]) throws(StorageError) -> SHA256Digest { try store.insert(bytes) }
  func draft() -> any BlobDraft { store.draft() }
  func receive(_ digest: SHA256Digest, size: Int64) throws(StorageError) -> any BlobWriter {
    try store.receive(digest, size: size)
  }
  func sizeReceived(of digest: SHA256Digest) throws(StorageError) -> Int64 { try store.sizeReceived(of: digest) }
  func makeDurable(_ digests: Set<SHA256Digest>) throws(StorageError) { try store.makeDurable(digests) }
  func arrival(of digest: SHA256Digest) throws(StorageError) -> Int64? { try store.arrival(of: digest) }
  func forEach(_ body: (SHA256Digest, Int64) throws(StorageError) -> Void) throws(StorageError) {
    try store.forEach(body)
  }
}
