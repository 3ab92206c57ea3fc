import TestSupport
import Testing

@testable import Catalog

@Suite struct SourceStateTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("catalog.sqlite")
  }

  private static func state(_ source: String) -> SourceState {
    var state = SourceState(source: source, settings: "abc")
    state.lastAttempt = 1_780_000_000
    state.lastGood = 1_780_000_000
    state.outcome = "ok"
    state.snapshot = String(repeating: "a", count: 64)
    state.documents = [
      .init(
        role: "index", contentID: nil, path: "streams/v1/index.sjson",
        received: [.init(path: "streams/v1/index.sjson", sha256: String(repeating: "b", count: 64), size: 1234)],
        payload: String(repeating: "c", count: 64), signedBy: "D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81",
        signedAt: 1_779_999_999, entityTag: "W/\"5f\"", lastModified: "Thu, 28 May 2026 20:26:40 GMT",
        updated: 1_779_999_000)
    ]
    return state
  }

  @Test func givesBackTheStateOfASource() throws {
    let state = Self.state("stable")
    try CatalogDatabase(path: path).save(state)
    #expect(try CatalogDatabase(path: path).state(of: "stable") == state)
  }

  @Test func knowsNothingOfASourceThatNeverSynced() throws {
    #expect(try CatalogDatabase(path: path).state(of: "stable") == nil)
  }

  @Test func keepsOneStateForEachSource() throws {
    let catalog = try CatalogDatabase(path: path)
    try catalog.save(Self.state("stable"))
    try catalog.save(Self.state("candidate"))
    var later = Self.state("stable")
    later.outcome = "partial"
    later.documents = []
    try catalog.save(later)
    #expect(try catalog.state(of: "stable") == later)
    #expect(try catalog.state(of: "candidate") == Self.state("candidate"))
  }

  @Test func readersChangeNothingAndSeeWhatTheWriterWrote() throws {
    let writer = try CatalogDatabase(path: path)
    try writer.save(Self.state("stable"))
    let reader = try CatalogDatabase(path: path, readOnly: true)
    #expect(try reader.state(of: "stable") == Self.state("stable"))
    #expect(throws: CatalogError.self) { try reader.save(Self.state("candidate")) }
    #expect(try writer.state(of: "candidate") == nil)
  }
}
