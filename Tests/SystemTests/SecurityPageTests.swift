import Foundation
import TestSupport
import Testing

/// The page of promises names tests; they must be there, or it promises nothing.
@Suite struct SecurityPageTests {
  private static func text(_ path: String) throws -> String {
    String(decoding: try Data(contentsOf: URL(fileURLWithPath: "\(Catalogue.root)/\(path)")), as: UTF8.self)
  }

  /// Every test as `suite/test`. A file has one suite or several; a test belongs to the last one that begins before it.
  private static func tests() throws -> Set<String> {
    var found: Set<String> = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: "\(Catalogue.root)/Tests")
    where name.hasSuffix(".swift") {
      let pieces = try text("Tests/\(name)").split(separator: "@Suite", omittingEmptySubsequences: false).dropFirst()
      for piece in pieces {
        guard let suite = piece.firstMatch(of: /struct (\w+)/)?.1 else { continue }
        for attribute in piece.split(separator: "@Test").dropFirst() {
          guard let test = attribute.firstMatch(of: /func (\w+)\(/)?.1 else { continue }
          found.insert("\(suite)/\(test)")
        }
      }
    }
    return found
  }

  @Test func everyTestThatIsNamedIsThere() throws {
    let named = try Self.text(".github/SECURITY.md").matches(of: /`(\w+Tests\/\w+)`/).map { String($0.1) }
    let tests = try Self.tests()
    #expect(tests.count > 400 && named.count > 50)
    #expect(named.filter { !tests.contains($0) } == [])
  }

  @Test func everyPromiseNamesATest() throws {
    let page = try Self.text(".github/SECURITY.md")
    let start = try #require(page.range(of: "## What is promised"))
    let end = try #require(page.range(of: "## What is not promised"))
    let rows = page[start.upperBound..<end.lowerBound].split(separator: "\n").filter {
      $0.hasPrefix("| ") && !$0.hasPrefix("| ---") && !$0.hasPrefix("| promise")
    }
    #expect(rows.count >= 20)
    for row in rows { #expect(row.contains("Tests/"), "\(row)") }
  }

  @Test func theReadmeLeadsThere() throws {
    #expect(try Self.text("README.md").contains(".github/SECURITY.md"))
  }
}
