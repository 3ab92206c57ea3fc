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
