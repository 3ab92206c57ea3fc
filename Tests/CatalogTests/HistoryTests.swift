import TestSupport
import Testing

@testable import Catalog

@Suite struct HistoryTests {
  private let folder: TemporaryFolder
  private let catalog: CatalogDatabase

  init() throws {
    folder = try TemporaryFolder()
    catalog = try CatalogDatabase(path: folder.file("catalog.sqlite"))
  }

  private static func run(_ source: String, _ started: Int64) -> SyncRun {
    SyncRun(
      source: source, started: started, ended: started + 60, outcome: "ok", fetchedFiles: 4, fetchedBytes: 1 << 40,
      snapshot: nil)
  }

  private static func row(_ id: String, _ source: String, _ sequence: Int) -> SnapshotRow {
    SnapshotRow(id: id, source: source, sequence: sequence, created: 1, files: 2, bytes: 3, missing: 0)
  }

  /// By the order of entry: a clock that was set back does not turn the history around.
  @Test func listsRunsNewestFirst() throws {
    for started: Int64 in [300, 100, 200] { try catalog.add(Self.run("stable", started)) }
    try catalog.add(Self.run("candidate", 400))
    let runs = try catalog.runs(of: "stable", limit: 10)
    #expect(runs.map(\.started) == [200, 100, 300])
    #expect(runs.map(\.fetchedBytes) == [1 << 40, 1 << 40, 1 << 40])
  }

  @Test func listsNoMoreRunsThanAskedFor() throws {
    for started: Int64 in 1...5 { try catalog.add(Self.run("stable", started)) }
    #expect(try catalog.runs(of: "stable", limit: 2).map(\.started) == [5, 4])
    #expect(try catalog.runs(of: "other", limit: 2).isEmpty)
  }

  @Test func listsSnapshotsBySourceAndNewestFirst() throws {
    for row in [Self.row("a", "stable", 1), Self.row("b", "candidate", 7), Self.row("c", "stable", 2)] {
      try catalog.add(row)
    }
    #expect(try catalog.snapshots().map(\.id) == ["b", "c", "a"])
    #expect(try catalog.snapshots(of: "stable").map(\.id) == ["c", "a"])
  }

  @Test func addsASnapshotOnlyOnce() throws {
    try catalog.add(Self.row("a", "stable", 1))
    try catalog.add(Self.row("a", "stable", 1))
    #expect(try catalog.snapshots() == [Self.row("a", "stable", 1)])
  }
}
