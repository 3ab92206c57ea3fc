import Foundation
import Storage
import TestSupport
import Testing

@testable import Catalog

@Suite struct DamagedCatalogTests {
  private let folder: TemporaryFolder
  private let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("catalog.sqlite")
  }

  @Test(arguments: [false, true])
  func saysThatAFileIsNoDatabaseAndLeavesItAlone(readOnly: Bool) throws {
    let junk = [UInt8](repeating: 0x5A, count: 8192)
    try folder.write(junk, "catalog.sqlite")
    #expect(throws: CatalogError.damaged(path: path)) {
      _ = try CatalogDatabase(path: path, readOnly: readOnly).state(of: "stable")
    }
    #expect(FileManager.default.contents(atPath: path).map { Array($0) } == junk)
  }

  @Test func saysThatADatabaseWithOverwrittenPagesIsDamaged() throws {
    do {
      let catalog = try CatalogDatabase(path: path)
      for number in 0..<200 { try catalog.save(SourceState(source: "source-\(number)", settings: "abc")) }
    }
    var bytes = Array(try #require(FileManager.default.contents(atPath: path)))
    for offset in 1024..<bytes.count { bytes[offset] = 0xA5 }
    try folder.write(bytes, "catalog.sqlite")
    #expect(throws: CatalogError.damaged(path: path)) {
      let catalog = try CatalogDatabase(path: path)
      _ = try catalog.state(of: "source-7")
    }
  }

  /// What SQLite itself finds nothing wrong with.
  @Test(arguments: [
    "DROP TABLE source", "DROP TABLE snapshot", "DROP TABLE run", "DROP TABLE blobCheck", "DROP TABLE storeSize",
    "ALTER TABLE source DROP COLUMN floors", "UPDATE source SET documents = '{'", "UPDATE source SET floors = '[1]'",
    "UPDATE source SET lastAttempt = 'soon'", "UPDATE source SET lastGood = -9223372036854775808",
    "UPDATE snapshot SET sequence = 'x'", "UPDATE run SET started = x'00'", "UPDATE blobCheck SET checked = 'never'",
    "UPDATE blobCheck SET checked = -1", "UPDATE storeSize SET bytes = 1.5",
    "UPDATE storeSize SET day = -9223372036854775808",
  ])
  func rowsThatSayNothingAreDamage(statement: String) throws {
    do {
      let catalog = try CatalogDatabase(path: path)
      try catalog.save(SourceState(source: "stable", settings: "abc"))
      try catalog.add(
        SnapshotRow(id: "a", source: "stable", sequence: 1, created: 1, files: 1, bytes: 1, missing: 0))
      try catalog.add(
        SyncRun(
          source: "stable", started: 1, ended: 1, outcome: "ok", fetchedFiles: 1, fetchedBytes: 1, snapshot: "a"))
      try catalog.noteChecks([("ab", 1)])
      try catalog.note(.init(day: 1, bytes: 1))
    }
    _ = try CatalogDatabase(path: path)
    guard try SQLiteStatement.run(statement, in: path) else { return }
    for readOnly in [false, true] {
      #expect(throws: CatalogError.damaged(path: path)) { try CatalogDatabase(path: path, readOnly: readOnly) }
    }
  }

  @Test(arguments: ["catalog.sqlite", "catalog.sqlite-wal", "catalog.sqlite-shm"], [false, true])
  func whatIsNoFileInItsPlaceIsDamage(name: String, isLink: Bool) throws {
    if isLink {
      #expect(symlink("/nowhere/at/all", folder.file(name)) == 0)
    } else {
      #expect(mkdir(folder.file(name), 0o755) == 0)
    }
    for readOnly in [false, true] {
      #expect(throws: CatalogError.damaged(path: path)) { try CatalogDatabase(path: path, readOnly: readOnly) }
    }
  }

  @Test func aReaderOfAMissingCatalogMakesNone() throws {
    #expect(throws: CatalogError.self) { _ = try CatalogDatabase(path: path, readOnly: true) }
    #expect(!FileManager.default.fileExists(atPath: path))
  }

  @Test func everyErrorNamesTheFileAndWhatToDo() {
    for error: CatalogError in [
      .damaged(path: "/d/c"), .damagedHistory(path: "/d/c"), .noSpace(path: "/d/c"),
      .failed(path: "/d/c", reason: "busy"), .disk(path: "/d/c", .noSpace(path: "/d")),
    ] {
      #expect(error.description.contains("/d/c"))
      #expect(error.description.contains(";"))
    }
  }
}
