import Simplestreams
import Testing

@testable import Storage

@Suite struct PublicationRecordTests {
  private static let path = PublicationPath("ephemeral-v3/stable")!
  private static func tree(_ name: String) -> SHA256Digest { SHA256Digest(hashing: Array(name.utf8)) }
  private let first = PublicationRecord(path: path, current: .init(number: 1, tree: tree("1"), publishedAt: 1000))

  @Test func aSwitchNumbersAndKeepsWhatWas() {
    let second = first.switched(to: Self.tree("2"), at: 2000)
    let third = second.switched(to: Self.tree("3"), at: 3000)
    #expect(third.path == Self.path)
    #expect(third.current == .init(number: 3, tree: Self.tree("3"), publishedAt: 3000))
    #expect(
      third.history == [
        .init(number: 2, tree: Self.tree("2"), publishedAt: 2000, replacedAt: 3000),
        .init(number: 1, tree: Self.tree("1"), publishedAt: 1000, replacedAt: 2000),
      ])
  }

  /// Clients compare dates: a document must never seem older than the one it replaces.
  @Test(arguments: [999, 1000, -5] as [Int64])
  func timeNeverGoesBackWhateverTheClockDoes(time: Int64) {
    let second = first.switched(to: Self.tree("2"), at: time)
    #expect(second.current.publishedAt == 1001)
    #expect(second.history.map(\.replacedAt) == [1001])
  }

  @Test func whatWasReplacedIsServedForTheGracePeriodAndNoLonger() {
    let third = first.switched(to: Self.tree("2"), at: 2000).switched(to: Self.tree("3"), at: 3000)
    #expect(third.withinGrace(500, at: 3000).map(\.number) == [2])
    #expect(third.withinGrace(500, at: 3499).map(\.number) == [2])
    #expect(third.withinGrace(500, at: 3500).isEmpty)
    #expect(third.withinGrace(5000, at: 3500).map(\.number) == [2, 1])
    #expect(third.withinGrace(0, at: 3000).isEmpty)
  }

  @Test func aClockThatWasSetBackKeepsMoreAndNotLess() {
    let second = first.switched(to: Self.tree("2"), at: 2000)
    #expect(second.withinGrace(10, at: 5).map(\.number) == [1])
  }
}
