import Simplestreams
import Storage
import Testing

@testable import Mirroring

@Suite struct RetentionTests {
  private static func facts(_ source: String, _ sequence: Int, created: Int64 = 0) -> SnapshotFacts {
    SnapshotFacts(
      id: SnapshotID(SampleStore.digest("\(source) \(sequence)")), source: source, sequence: sequence, created: created)
  }

  private func kept(
    _ retention: Retention, _ snapshots: [SnapshotFacts], published: Set<SnapshotID> = [], now: Int64 = 1000
  ) -> [String] {
    retention.kept(snapshots, published: published, now: now).map { "\($0.source)\($0.sequence)" }.sorted()
  }

  private let four = (1...4).map { facts("s", $0, created: Int64($0) * 100) }

  @Test func keepsTheNewestByNumberAndNotByTheClock() {
    let turned = (1...4).map { Self.facts("s", $0, created: Int64(1000 - $0)) }
    #expect(kept(.sample(["s": .init(count: 2, age: 0)]), turned.shuffled()) == ["s3", "s4"])
  }

  @Test func keepsTheYoungAsWell() {
    #expect(kept(.sample(["s": .init(count: 1, age: 301)]), four, now: 500) == ["s2", "s3", "s4"])
    #expect(kept(.sample(["s": .init(count: 1, age: 300)]), four, now: 500) == ["s3", "s4"])
  }

  @Test func aClockThatWasSetBackKeepsMoreAndNotLess() {
    #expect(kept(.sample(["s": .init(count: 1, age: 1)]), four, now: -5).count == 4)
  }

  @Test func keepsWhatIsPublishedHoweverOld() {
    #expect(kept(.sample(), four, published: [four[0].id]) == ["s1", "s4"])
    #expect(kept(.sample([:], forgotten: ["s"]), four, published: [four[0].id]) == ["s1"])
  }

  @Test func neverTakesTheLastOneOfASourceUnlessItIsForgotten() {
    #expect(kept(.sample(["s": .init(count: 0, age: 0)]), four) == ["s4"])
    #expect(kept(.sample([:]), four) == ["s4"])
    #expect(kept(.sample([:], forgotten: ["s"]), four) == [])
  }

  @Test func countsEachSourceByItself() {
    let both = four + [Self.facts("other", 1), Self.facts("other", 2)]
    #expect(
      kept(.sample(["s": .init(count: 1, age: 0), "other": .init(count: 2, age: 0)]), both) == [
        "other1", "other2", "s4",
      ])
  }

  private static let record: PublicationRecord = {
    var record = PublicationRecord(
      path: PublicationPath("p")!, current: .init(number: 1, tree: SampleStore.digest("1"), publishedAt: 1000))
    for number in 2...5 { record = record.switched(to: SampleStore.digest("\(number)"), at: Int64(number) * 1000) }
    return record
  }()

  @Test(
    arguments: [
      (0, 100, 5050, [4]), (0, 100, 5100, []), (1, 100, 5100, [4]), (2, 100, 5100, [4, 3]), (2, 1100, 5050, [4, 3]),
      (3, 1100, 5050, [4, 3, 2]), (0, 9000, 5050, [4, 3, 2, 1]), (9, 0, 5100, [4, 3, 2, 1]),
    ] as [(Int, Int64, Int64, [Int])])
  func keepsStatesWithinTheGracePeriodAndSomeBefore(states: Int, grace: Int64, now: Int64, numbers: [Int]) {
    let kept = Retention.sample(states: states, grace: grace).kept(Self.record, now: now) { _ in true }
    #expect(kept.map(\.number) == numbers)
  }

  @Test func aStateWhoseTreeIsGoneIsNoWayBack() {
    let kept = Retention.sample(states: 2, grace: 0).kept(Self.record, now: 5100) { $0.number != 4 }
    #expect(kept.map(\.number) == [3, 2])
    // What is still due to regions is another matter.
    #expect(Retention.sample(grace: 200).kept(Self.record, now: 5100) { _ in false }.map(\.number) == [4])
  }

  @Test(arguments: [(0, 999, false), (0, 1000, true), (5000, 1000, false)] as [(Int64, Int64, Bool)])
  func leftoversGoAfterTheirTime(since: Int64, now: Int64, isOver: Bool) {
    let leftover = Leftover(kind: .partial, path: "/a", size: 1, since: since)
    #expect(Retention.sample(leftovers: 1000).isOver(leftover, now: now) == isOver)
  }

  @Test(arguments: [(50, 50, 50, false), (51, 49, 50, true), (1, 0, 99, true), (0, 0, 0, false), (1, 99, 0, true)])
  func aMassRemovalIsOneAboveTheShare(removed: Int, kept: Int, percent: Int, isMass: Bool) {
    var plan = CleanupPlan()
    plan.blobs = [.init(digest: SampleStore.digest("a"), size: Int64(removed))]
    plan.keptBytes = Int64(kept)
    #expect(plan.removesMore(thanPercent: percent) == isMass)
  }
}
