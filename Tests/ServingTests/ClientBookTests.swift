import Catalog
import Foundation
import Simplestreams
import Storage
import Testing

@testable import Serving

/// What stands in the way of the history stands in the way of no request, and is told.
@Suite struct ClientBookTests {
  private let store: TestStore
  private let lines = LogLines()
  private static let item = "noble/amd64/20260101/squashfs"

  init() throws {
    store = try TestStore()
    let bytes = Array("squashfs".utf8)
    let item = Snapshot.Item(
      contentID: "id", product: "ga", version: "20260101", item: "squashfs", path: try TreePath(item: Self.item),
      sha256: try store.blobs.insert(bytes), size: Int64(bytes.count))
    let id = try SnapshotStore(store.folder).save(
      Snapshot(source: "s", sequence: 1, created: 1, documents: [], items: [item], missing: []))
    var tree = try store.publications.tree(try store.publish(items: [Self.item: bytes]).current.tree)
    tree.sources = [.init(source: "s", snapshot: id)]
    try store.publications.publish(tree, at: 1_780_000_001)
  }

  private func book(keep: Int64? = 1000) -> ClientBook {
    ClientBook(folder: store.folder, keep: keep, log: { [lines] in lines.add($0) })
  }

  private func loaded() throws -> [LoadedPublication] {
    try TreeLoader(publications: store.publications, blobs: store.blobs, grace: 1000).load(
      after: [], now: 1_780_000_002
    )
    .loaded
  }

  private func downloads(
    _ key: String = "\(TestStore.path)/\(item)", agent: String? = nil, part: TakenPart = .whole
  ) throws -> [Download] {
    let recent = RecentDownloads()
    let view = TreeView(try loaded())
    let bytes: Int64 = if case .ranges(let ranges) = part { Int64(ranges.reduce(0) { $0 + $1.count }) } else { 8 }
    recent.add(
      Delivery(
        visitor: Visitor(client: "192.0.2.1", agent: agent), file: try #require(view.entries[key]), part: part,
        bytes: bytes, time: 1_780_000_005))
    return recent.take().compactMap { Download($0, $1, in: view) }
  }

  private func history() throws -> ClientHistory { try ClientHistory(path: store.folder.clients, readOnly: true) }

  @Test func aWholeFileIsTakenAndAPartIsNot() throws {
    let book = book()
    book.write(try downloads(part: .ranges([0..<7])), try loaded(), now: 1_780_000_006)
    #expect(try history().taken(by: "192.0.2.1").map(\.held) == [0])
    book.write(try downloads(), try loaded(), now: 1_780_000_006)
    let row = try #require(try history().taken(by: "192.0.2.1").first)
    #expect((row.product, row.version, row.publication) == ("ga", "20260101", TestStore.path))
    #expect(row.isWhole && row.complete == 1 && row.incomplete == 1 && row.bytes == 15)
    #expect(book.lost == 0 && lines.all.isEmpty)
  }

  /// As curl -C - fetches what broke off, and a download manager all of it.
  @Test func partsThatAddUpAreAWholeFile() throws {
    let book = book()
    func take(_ ranges: Range<Int64>...) throws {
      book.write(try downloads(part: .ranges(ranges)), try loaded(), now: 1_780_000_006)
    }
    try take(6..<8)
    try take(0..<2, 4..<5)
    try take(0..<4)
    #expect(try history().taken(by: "192.0.2.1").map(\.held) == [0])
    try take(5..<6)
    let row = try #require(try history().taken(by: "192.0.2.1").first)
    #expect(row.isWhole && row.complete == 1 && row.incomplete == 3)
  }

  /// Two clients that have a half each have nothing.
  @Test func partsOfTwoClientsAddUpToNothing() throws {
    let book = book()
    book.write(try downloads(part: .ranges([0..<4])), try loaded(), now: 1_780_000_006)
    let agent = "maas/3.6.0/g.1/0f2c7b1e-9a4d-4c51-8e0a-6d1f0b5a3c99"
    book.write(try downloads(agent: agent, part: .ranges([4..<8])), try loaded(), now: 1_780_000_006)
    for client in try history().clients() { #expect(try history().taken(by: client.id).map(\.held) == [0]) }
  }

  @Test func whatWasReplacedAndIsStillTakenIsWrittenDown() throws {
    try store.publish(items: ["other": [1]], time: 1_780_000_003)
    #expect(try loaded().first?.replaced.count == 2)
    book().write(try downloads(), try loaded(), now: 1_780_000_006)
    #expect(try history().taken(by: "192.0.2.1").map(\.version) == ["20260101"])
  }

  @Test func aRegionThatOnlyLooksIsSeenAndAStrangerThatOnlyLooksIsNot() throws {
    let target = "\(TestStore.path)/streams/v1/index.sjson"
    let agent = "maas/3.6.0/g.1/0f2c7b1e-9a4d-4c51-8e0a-6d1f0b5a3c99"
    let book = book()
    book.write(try downloads(target), try loaded(), now: 1_780_000_006)
    book.write(try downloads(target, agent: agent), try loaded(), now: 1_780_000_006)
    #expect(try history().clients().map(\.id) == ["maas:0f2c7b1e-9a4d-4c51-8e0a-6d1f0b5a3c99"])
    #expect(try history().clients().map(\.agent) == [agent])
  }

  /// It is shown by `status --clients`, and chosen by whoever asks.
  @Test func anAgentWritesOnNoTerminal() throws {
    book().write(try downloads(agent: "\u{1B}[2Jx\n127.0.0.2\u{9B}1m"), try loaded(), now: 1_780_000_006)
    #expect(try history().clients().map(\.agent) == ["\\x1b[2Jx\\x0a127.0.0.2\\xc2\\x9b1m"])
  }

  @Test func turnedOffItWritesNothing() throws {
    book(keep: nil).write(try downloads(), try loaded(), now: 1_780_000_006)
    #expect(!FileManager.default.fileExists(atPath: store.folder.serve))
  }

  @Test func aReloadTurnsItOffAndOn() throws {
    let book = book()
    book.write(try downloads(), try loaded(), now: 1_780_000_006)
    book.keep(for: nil)
    book.write(try downloads(), try loaded(), now: 1_780_000_006)
    #expect(try history().taken(by: "192.0.2.1").map(\.complete) == [1])
    book.keep(for: 1000)
    book.write(try downloads(), try loaded(), now: 1_780_000_006)
    #expect(try history().taken(by: "192.0.2.1").map(\.complete) == [2])
  }

  @Test func whatIsOlderThanItIsKeptIsForgotten() throws {
    let book = book(keep: 100)
    book.write(try downloads(), try loaded(), now: 1_780_000_006)
    book.write([], try loaded(), now: 1_780_000_006 + 3599)
    #expect(try history().clients().count == 1)
    book.write([], try loaded(), now: 1_780_000_006 + 3600)
    #expect(try history().clients().isEmpty)
  }

  /// A file in the place of the folder: as on a disk that may not be written, also for root.
  @Test func aDiskThatTakesNothingIsToldOnceAndCounted() throws {
    try Data().write(to: URL(fileURLWithPath: store.folder.serve))
    let book = book()
    for _ in 0..<3 { book.write(try downloads(), try loaded(), now: 1_780_000_006) }
    #expect(book.lost == 3)
    #expect(lines.all.count == 1)
    #expect(lines.all[0].contains(store.folder.serve) && lines.all[0].contains("client_history = \"off\""))
    try FileManager.default.removeItem(atPath: store.folder.serve)
    book.write(try downloads(), try loaded(), now: 1_780_000_006)
    #expect(try history().taken(by: "192.0.2.1").count == 1)
    #expect(book.lost == 3)
  }

  /// The folder below a mount point must not get what belongs on the disk.
  @Test func aDataFolderThatIsGoneIsNotMadeAnew() throws {
    let (downloads, loaded) = (try downloads(), try loaded())
    try FileManager.default.removeItem(atPath: store.folder.root)
    try FileManager.default.createDirectory(atPath: store.folder.root, withIntermediateDirectories: false)
    let book = book()
    book.write(downloads, loaded, now: 1_780_000_006)
    #expect(book.lost == 1)
    #expect(try FileManager.default.contentsOfDirectory(atPath: store.folder.root).isEmpty)
  }

  @Test func aHistoryThatWasDeletedIsBegunAnew() throws {
    let book = book()
    book.write(try downloads(), try loaded(), now: 1_780_000_006)
    try FileManager.default.removeItem(atPath: store.folder.serve)
    book.write(try downloads(), try loaded(), now: 1_780_000_006)
    #expect(try history().taken(by: "192.0.2.1").map(\.complete) == [1])
    #expect(book.lost == 0)
  }

  @Test func aDamagedHistoryIsSetAsideAndBegunAnew() throws {
    try store.folder.createForServer()
    try Data(repeating: 0x5A, count: 8192).write(to: URL(fileURLWithPath: store.folder.clients))
    book().write(try downloads(), try loaded(), now: 1_780_000_006)
    #expect(try history().taken(by: "192.0.2.1").count == 1)
    #expect(FileManager.default.fileExists(atPath: "\(store.folder.clients).damaged-1780000006"))
    #expect(lines.all.count == 1 && lines.all[0].contains("was damaged"))
  }
}
