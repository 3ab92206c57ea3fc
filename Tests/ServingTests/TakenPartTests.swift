import Simplestreams
import Storage
import Testing

@testable import Serving

/// What of a file counts as taken.
@Suite struct TakenPartTests {
  private static let digest = SHA256Digest(hashing: [])

  private static func part(_ range: Range<Int64>, received: Int64? = nil) -> TakenPart {
    TakenPart(.blob(digest, size: 10, range: range), received: received)
  }

  @Test func anAnswerWithAllOfTheFileIsWhole() {
    #expect(Self.part(0..<10) == .whole)
    #expect(Self.part(0..<9) == .ranges([0..<9]))
    #expect(TakenPart(.none, received: nil) == .nothing)
  }

  @Test func anAnswerThatWasCutCountsAsFarAsItCame() {
    #expect(Self.part(0..<10, received: 4) == .ranges([0..<4]))
    #expect(Self.part(5..<10, received: 2) == .ranges([5..<7]))
    #expect(Self.part(5..<10, received: 0) == .ranges([]))
  }

  /// What stands between the parts is none of the file: with enough of it, a body is as long as the file.
  @Test func ofSeveralPartsTheFramingDoesNotCount() {
    let pieces: [Answer.Piece] = [.bytes([1, 2, 3]), .range(0..<2), .bytes([1, 2, 3]), .range(5..<7)]
    let body = Answer.Body.parts(Self.digest, size: 10, pieces)
    #expect(pieces.reduce(0) { $0 + $1.length } == 10)
    #expect(TakenPart(body, received: nil) == .ranges([0..<2, 5..<7]))
    #expect(TakenPart(body, received: 3) == .ranges([]))
    #expect(TakenPart(body, received: 9) == .ranges([0..<2, 5..<6]))
  }

  @Test func partsAreForgottenRatherThanKeptForEver() {
    var parts = PartialFiles()
    for client in 0..<10_000 {
      let isWhole = parts.add([0..<1], of: Self.digest, size: 10, by: "\(client)", at: Int64(client))
      #expect(!isWhole)
    }
    #expect(parts.count <= PartialFiles.limit)
    // The latest are there still.
    let isWhole = parts.add([1..<10], of: Self.digest, size: 10, by: "9999", at: 10_000)
    #expect(isWhole)
  }

  @Test func manySmallPartsOfOneFileTakeNoMemory() {
    var parts = PartialFiles()
    for number in stride(from: Int64(0), to: 1000, by: 2) {
      let isWhole = parts.add([number..<number + 1], of: Self.digest, size: 1000, by: "a", at: 1)
      #expect(!isWhole)
    }
    #expect(parts.count == 1)
    let isWhole = parts.add([0..<1000], of: Self.digest, size: 1000, by: "a", at: 1)
    #expect(isWhole)
    #expect(parts.count == 0)
  }
}
