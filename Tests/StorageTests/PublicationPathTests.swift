import Foundation
import Testing

@testable import Storage

@Suite struct PublicationPathTests {
  @Test(arguments: ["ephemeral-v3/stable", "stable", "a/b/c/d", "v1.2_3-x"])
  func acceptsWhatEveryClientTakes(text: String) throws {
    let path = try #require(PublicationPath(text))
    #expect(path.string == text)
    #expect(PublicationPath("\(text)/") == path)
    #expect(PublicationPath(fileName: path.fileName) == path)
    #expect(!path.fileName.contains("/"))
  }

  @Test(arguments: [
    "", "/", "/stable", "a//b", ".", "a/..", "../a", "a/./b", "a b", "a+b", "ä", "a~b", "a\\b", "a%2Fb", "a\0",
  ])
  func refusesEverythingElse(text: String) { #expect(PublicationPath(text) == nil) }

  @Test func aFileWithAForgedNameIsNoPath() throws {
    #expect(PublicationPath("ephemeral-v3/stable")?.fileName == "ephemeral-v3~stable")
    for name in ["..", "a~..~b", "~a", "a~~b"] { #expect(PublicationPath(fileName: name) == nil) }
  }

  @Test func aForgedPathInARecordIsRefused() throws {
    let json = Data(#"["../../etc"]"#.utf8)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode([PublicationPath].self, from: json) }
  }

  @Test func pathsSortInCOrder() throws {
    let paths = ["b", "a/b", "B", "a"].compactMap { PublicationPath($0) }
    #expect(paths.sorted().map(\.string) == ["B", "a", "a/b", "b"])
  }
}
