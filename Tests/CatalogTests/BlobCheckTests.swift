import TestSupport
import Testing

@testable import Catalog

@Suite struct BlobCheckTests {
  @Test func remembersTheLastCheckOfEachBlob() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("catalog.sqlite")
    #expect(try CatalogDatabase(path: path).blobChecks().isEmpty)
    let catalog = try CatalogDatabase(path: path)
    try catalog.noteChecks([("a", 1), ("b", 2)])
    try catalog.noteChecks([("b", 3), ("c", 3)])
    try catalog.forgetChecks(of: ["c", "never"])
    #expect(try CatalogDatabase(path: path, readOnly: true).blobChecks() == ["a": 1, "b": 3])
  }
}
