import Foundation
import Simplestreams
import TestSupport
import Testing

@testable import Catalog

@Suite struct ClientHistoryTests {
  private let folder: TemporaryFolder
  private let history: ClientHistory
  private static let kernel = digest("kernel")
  private static let squashfs = digest("squashfs")

  init() throws {
    folder = try TemporaryFolder()
    history = try ClientHistory(path: folder.file("clients.sqlite"), limit: 3, addressLimit: 2)
  }

  private static func digest(_ name: String) -> SHA256Digest {
    var bytes = [UInt8](repeating: 0, count: 32)
    for (index, byte) in name.utf8.enumerated() { bytes[index] = byte }
    return SHA256Digest(bytes: bytes)!
  }

  private static func image(_ product: String, _ version: String, _ files: Set<SHA256Digest>) -> ImageVersion {
    ImageVersion(product: product, version: version, release: "noble", architecture: "amd64", files: files)
  }

  private static func take(
    _ file: SHA256Digest, of image: ImageVersion, by client: String = "a", complete: Int = 1, incomplete: Int = 0,
    time: Int64 = 100
  ) -> ClientTake {
    ClientTake(
      client: client, publication: "stable", image: image, file: file, complete: complete, incomplete: incomplete,
      bytes: 10, time: time)
  }

  private static func sighting(_ client: String, agent: String? = "maas/3.6", time: Int64 = 100) -> ClientSighting {
    ClientSighting(client: client, address: "192.0.2.\(client.utf8.first ?? 0)", agent: agent, time: time)
  }

  @Test func aVersionIsWholeWhenItsLastFileWasTaken() throws {
    let image = Self.image("ga", "1", [Self.kernel, Self.squashfs])
    try history.record([Self.sighting("a")], [Self.take(Self.kernel, of: image)])
    #expect(try history.taken(by: "a").map(\.held) == [1])
    try history.record([Self.sighting("a")], [Self.take(Self.squashfs, of: image, complete: 0, incomplete: 1)])
    #expect(try history.taken(by: "a").map(\.held) == [1])
    try history.record([Self.sighting("a", time: 300)], [Self.take(Self.squashfs, of: image, time: 300)])
    let row = try #require(try history.taken(by: "a").first)
    #expect(row.isWhole && row.files == 2)
    #expect((row.complete, row.incomplete, row.bytes) == (2, 1, 30))
    #expect((row.firstSeen, row.lastSeen) == (100, 300))
    #expect(try history.held(by: "a") == [Self.kernel, Self.squashfs])
    // Reopened, as after a restart.
    let again = try ClientHistory(path: folder.file("clients.sqlite"), readOnly: true)
    #expect(try again.taken(by: "a") == [row])
  }

  /// Also when no tree has it any more: which files it shares with others is asked of what was taken long ago.
  @Test func whatAVersionIsMadeOfIsKeptAsLongAsWhoTookIt() throws {
    let image = Self.image("ga", "1", [Self.kernel, Self.squashfs])
    let version = PublishedVersion(publication: "stable", product: "ga", version: "1")
    try history.record([Self.sighting("a")], [Self.take(Self.kernel, of: image)])
    #expect(try history.files() == [version: [Self.kernel, Self.squashfs]])
    // The same name for other files, seen with the older ones.
    let rebuilt = Self.image("ga", "1", [Self.squashfs])
    try history.record(
      [Self.sighting("a")],
      [Self.take(Self.squashfs, of: rebuilt, time: 300), Self.take(Self.kernel, of: image, time: 200)])
    #expect(try history.files() == [version: [Self.squashfs]])
    // Told later still, as an answer that took its time.
    try history.record([Self.sighting("b")], [Self.take(Self.kernel, of: image, by: "b", time: 250)])
    #expect(try history.files() == [version: [Self.squashfs]])
    // And the same again, which makes it younger.
    try history.record([Self.sighting("a")], [Self.take(Self.squashfs, of: rebuilt, time: 400)])
    try history.forget(before: 400)
    #expect(try history.files() == [version: [Self.squashfs]] && history.taken(by: "a").count == 1)
    try history.forget(before: 401)
    #expect(try history.files().isEmpty && history.taken(by: "a").isEmpty)
  }

  /// Files that came in the same look count together, in whatever order they are told.
  @Test func whatAClientHasAlreadyCountsForAnotherVersion() throws {
    let (old, new) = (Self.image("ga", "1", [Self.kernel, Self.squashfs]), Self.image("ga", "2", [Self.kernel]))
    let takes = [
      Self.take(Self.kernel, of: old), Self.take(Self.kernel, of: new), Self.take(Self.squashfs, of: old),
    ]
    try history.record([Self.sighting("a")], takes)
    #expect(try history.taken(by: "a").map { "\($0.version) \($0.held)/\($0.files)" } == ["1 2/2", "2 1/1"])
  }

  /// Who can make up a name must not be able to fill the disk with them, nor keep a region out.
  @Test func aboveTheLimitThoseWhoTookLeastAreForgotten() throws {
    let image = Self.image("ga", "1", [Self.kernel])
    let sightings = [Self.sighting("a"), Self.sighting("b", time: 101), Self.sighting("c", time: 102)]
    #expect(try history.record(sightings, [Self.take(Self.kernel, of: image)]) == 0)
    #expect(try history.record([Self.sighting("d", time: 103)], [Self.take(Self.kernel, of: image, by: "d")]) == 0)
    #expect(try history.clients().map(\.id) == ["d", "c", "a"])
    #expect(try history.record(["e", "f"].map { Self.sighting($0, time: 104) }, []) == 1)
    #expect(try history.clients().map(\.id) == ["e", "d", "a"])
    // Of whom is forgotten nothing stays; of whom is known, all.
    #expect(try history.held(by: "a") == [Self.kernel] && history.held(by: "d") == [Self.kernel])
  }

  @Test func namesAboveTheLimitOfAnAddressAreNotWrittenDown() throws {
    let image = Self.image("ga", "1", [Self.kernel])
    let names = ["x1", "x2", "x3"].map { Self.sighting($0) }
    #expect(try history.record(names, [Self.take(Self.kernel, of: image, by: "x3")]) == 1)
    #expect(try history.clients().map(\.id) == ["x1", "x2"])
    #expect(try history.taken(by: "x3").isEmpty && history.held(by: "x3").isEmpty)
    #expect(try history.record([Self.sighting("a"), Self.sighting("x2")], []) == 0)
    try history.forget(before: 1000)
    #expect(try history.record([Self.sighting("x3")], []) == 0)
  }

  @Test func aPasserByIsASignOfLifeOfWhoWasSeenThere() throws {
    try history.record([Self.sighting("a"), Self.sighting("b")], [], passersBy: ["192.0.2.97": 500, "192.0.2.1": 600])
    #expect(try history.clients().map { "\($0.id) \($0.lastSeen)" } == ["a 500", "b 100"])
    // A clock that was set back makes nobody older, and an agent that says nothing is no news.
    try history.record([Self.sighting("a", agent: nil, time: 50)], [])
    #expect(try history.clients().first?.lastSeen == 500)
    #expect(try history.clients().first?.agent == "maas/3.6")
  }

  @Test func whatIsOldIsForgotten() throws {
    let (old, new) = (Self.image("ga", "1", [Self.kernel]), Self.image("ga", "2", [Self.squashfs]))
    try history.record(
      [Self.sighting("a", time: 200), Self.sighting("b", time: 100)],
      [
        Self.take(Self.kernel, of: old, time: 100), Self.take(Self.squashfs, of: new, time: 200),
        Self.take(Self.kernel, of: old, by: "b", time: 100),
      ])
    try history.forget(before: 150)
    #expect(try history.clients().map(\.id) == ["a"])
    #expect(try history.taken(by: "a").map(\.version) == ["2"])
    #expect(try history.held(by: "a") == [Self.squashfs] && history.held(by: "b").isEmpty)
  }

  @Test func aDamagedHistoryIsToldAndLeftAlone() throws {
    let junk = [UInt8](repeating: 0x5A, count: 8192)
    try folder.write(junk, "junk.sqlite")
    let path = folder.file("junk.sqlite")
    for isReader in [false, true] {
      #expect(throws: CatalogError.damagedHistory(path: path)) {
        _ = try ClientHistory(path: path, readOnly: isReader).clients()
      }
    }
    #expect(FileManager.default.contents(atPath: path).map { Array($0) } == junk)
  }
}
