import Glibc
import Simplestreams
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Serving

/// What the watcher makes of the store, look by look.
@Suite struct PublicationWatcherTests {
  private let store: TestStore
  private let log = LogLines()

  init() throws {
    store = try TestStore()
    try store.publish(items: ["old": Array("old".utf8)], time: 1_780_000_000)
  }

  private func watcher(now: @escaping @Sendable () -> Int64 = { 1_780_000_050 }) -> PublicationWatcher {
    PublicationWatcher(
      publications: store.publications,
      loader: TreeLoader(publications: store.publications, blobs: store.blobs, grace: 100), now: now, log: log.add)
  }

  private func publishNew() throws {
    try store.publish(
      documents: ["streams/v1/index.sjson": Array("next".utf8)], items: ["new": Array("new".utf8)], time: 1_780_000_010)
  }

  @Test func itemsOfAReplacedTreeGoWhenTheirGracePeriodEnds() throws {
    let clock = MovingClock()
    let watcher = watcher(now: clock.now)
    try publishNew()
    for (moment, isThere) in [(1_780_000_050, true), (1_780_000_109, true), (1_780_000_110, false)] as [(Int64, Bool)] {
      clock.set(moment)
      watcher.look()
      #expect((watcher.view.entries["\(TestStore.path)/old"] != nil) == isThere, "\(moment)")
    }
    #expect(watcher.view.entries["\(TestStore.path)/new"] != nil)
  }

  @Test func theNewestOfSeveralReplacedTreesWins() throws {
    try store.publish(items: ["old": Array("later".utf8)], time: 1_780_000_005)
    try publishNew()
    let watcher = watcher()
    watcher.look()
    let entry = watcher.view.entries["\(TestStore.path)/old"]
    #expect(entry?.digest == SHA256Digest(hashing: Array("later".utf8)))
  }

  @Test func aDamagedRecordKeepsWhatIsServedAndIsToldOnce() throws {
    let watcher = watcher()
    watcher.look()
    let record = store.folder.publication(PublicationPath(TestStore.path)!)
    try store.temporary.write("{", String(record.dropFirst(store.temporary.path.count + 1)))
    try store.publish(items: ["x": [1]], at: "other")
    watcher.look()
    watcher.look()
    #expect(watcher.view.entries["\(TestStore.path)/old"] != nil)
    #expect(watcher.view.entries["other/x"] != nil)
    #expect(log.all.count == 1 && log.all[0].contains(record))
    #expect(Responder(view: watcher.view, unready: { _ in [] }).answer(SampleView.get("/readyz")).text.contains(record))
  }

  /// A 404 would say that the images were withdrawn.
  @Test func whatWasNeverReadIsNotSaidToBeMissing() throws {
    let tree = store.folder.blob(
      try #require(try store.publications.record(PublicationPath(TestStore.path)!)).current.tree)
    #expect(rename(tree, "\(tree).away") == 0)
    let watcher = watcher()
    watcher.look()
    func answer(_ path: String) -> Answer {
      Responder(view: watcher.view, unready: { Readiness(blobs: store.blobs).reasons($0) })
        .answer(SampleView.get(path))
    }
    // An error in place of a file is final for a region; a connection that closes is not.
    for path in ["old", "noble/amd64/20260101/squashfs"] { #expect(answer("/\(TestStore.path)/\(path)").status == 0) }
    for path in ["streams/v1/index.sjson", "upstream/streams/v1/index.sjson", "noble/", ""] {
      let answer = answer("/\(TestStore.path)/\(path)")
      #expect(answer.status == 503 && answer.headers.contains { $0 == ("Retry-After", "5") }, "\(path)")
    }
    #expect(answer("/\(TestStore.path)streams/v1/index.sjson").status == 404)
    #expect(answer("/readyz").status == 503 && !answer("/readyz").text.contains("nothing is published"))
    #expect(rename("\(tree).away", tree) == 0)
    let later = self.watcher(now: { 1_780_000_060 })
    later.look()
    #expect(later.view.entries["\(TestStore.path)/old"] != nil)
  }

  /// Requests for it get 503 and are told to look there.
  @Test func readinessNamesAPublicationThatWasNeverMade() throws {
    let watcher = watcher()
    watcher.follow(keepingReplaced: 100, expecting: [PublicationPath(TestStore.path)!, PublicationPath("second")!])
    watcher.look()
    func answer(_ path: String) -> Answer {
      Responder(view: watcher.view, unready: { Readiness(blobs: store.blobs).reasons($0) })
        .answer(SampleView.get(path))
    }
    #expect(answer("/second/streams/v1/index.sjson").status == 503)
    let readiness = answer("/readyz")
    // What there is can be had.
    #expect(readiness.status == 200 && readiness.text.hasPrefix("ready\n/second/ "), "\(readiness.text)")
    #expect(readiness.text.contains("sync --publish"))
    try store.publish(items: ["x": [1]], at: "second")
    watcher.look()
    #expect(answer("/readyz").text == "ready\n")
  }

  @Test func aDamagedTreeKeepsTheOneBefore() throws {
    let watcher = watcher()
    watcher.look()
    try publishNew()
    let record = try #require(try store.publications.record(PublicationPath(TestStore.path)!))
    unlink(store.folder.blob(record.current.tree))
    watcher.look()
    #expect(watcher.view.entries["\(TestStore.path)/old"] != nil)
    #expect(watcher.view.entries["\(TestStore.path)/new"] == nil)
    #expect(log.all.count == 1)
  }
}

private final class MovingClock: Sendable {
  private let time = Mutex<Int64>(0)
  func set(_ moment: Int64) { time.withLock { $0 = moment } }
  @Sendable func now() -> Int64 { time.withLock { $0 } }
}
