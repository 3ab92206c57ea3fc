import Testing

@testable import Serving

@Suite struct PacerTests {
  private static func pacer(rate: Int64? = nil, clientRate: Int64? = nil) -> Pacer {
    var limits = ServerLimits()
    (limits.rate, limits.clientRate) = (rate, clientRate)
    return Pacer(book: LimitBook(limits))
  }

  private static let second: UInt64 = 1_000_000_000

  @Test func withoutALimitNothingIsCut() {
    let pacer = Self.pacer()
    #expect(pacer.piece(at: 0) == nil)
    #expect(pacer.delay(for: 1 << 30, to: "a", at: 0) == 0)
    #expect(pacer.delay(for: 1 << 30, to: "a", at: 0) == 0)
  }

  @Test func aPieceWaitsForTheOnesBefore() {
    let pacer = Self.pacer(rate: 1000)
    #expect(pacer.delay(for: 500, to: "a", at: 0) == 0)
    #expect(pacer.delay(for: 500, to: "b", at: 0) == Self.second / 2)
    #expect(pacer.delay(for: 500, to: "a", at: Self.second) == 0)
  }

  /// Else a client that rested for an hour could take an hour's bytes at once.
  @Test func timeThatNobodyUsedIsNotSavedUp() {
    let pacer = Self.pacer(rate: 1000)
    _ = pacer.delay(for: 1000, to: "a", at: 0)
    _ = pacer.delay(for: 1000, to: "a", at: 3600 * Self.second)
    #expect(pacer.delay(for: 1, to: "a", at: 3600 * Self.second) == Self.second)
  }

  @Test func clientsDoNotWaitForEachOthersShare() {
    let pacer = Self.pacer(clientRate: 1000)
    #expect(pacer.delay(for: 1000, to: "a", at: 0) == 0)
    #expect(pacer.delay(for: 1000, to: "b", at: 0) == 0)
    #expect(pacer.delay(for: 1000, to: "a", at: 0) == Self.second)
  }

  /// A region waits for its index, and not for every image in front of it.
  @Test func aSmallAnswerGoesBeforeWhatQueues() {
    let pacer = Self.pacer(rate: 100_000)
    _ = pacer.delay(for: 500_000, to: "image", at: 0)
    #expect(pacer.delay(for: 1000, to: "index", isUrgent: true, at: 0) == 0)
    // It counts all the same.
    #expect(pacer.delay(for: 1, to: "image", at: 0) == 5 * Self.second + Self.second / 100)
  }

  /// A client that asks for small files only must not take what it likes, and leave the others to owe it.
  @Test(arguments: [true, false]) func smallAnswersTakeNoMoreThanTheirPart(ofAll: Bool) {
    let pacer = ofAll ? Self.pacer(rate: 1_000_000) : Self.pacer(clientRate: 1_000_000)
    // Asks again as soon as it got what it asked for; an image does the same beside it.
    var (next, small, image, gap) = (UInt64(0), 0, UInt64(0), UInt64(0))
    while next < 60 * Self.second {
      if image <= next {
        let delay = pacer.delay(for: 16 << 10, to: "a", at: image)
        gap = max(gap, delay)
        image += max(delay, 1_000_000)
      }
      next += max(pacer.delay(for: 3000, to: "a", isUrgent: true, at: next), 10_000)
      small += 3000
    }
    #expect(small < 61_000_000, "\(small) bytes in 60 s")
    #expect(gap < 2 * Self.second, "\(gap) ns")
  }

  @Test func whatIsNotSentIsNotOwed() {
    let pacer = Self.pacer(rate: 1000, clientRate: 1000)
    _ = pacer.delay(for: 1000, to: "a", at: 0)
    _ = pacer.delay(for: 5000, to: "a", at: 0)
    pacer.giveBack(5000, to: "a")
    #expect(pacer.delay(for: 1, to: "a", at: 0) == Self.second)
    pacer.giveBack(1 << 40, to: "b")
    #expect(pacer.delay(for: 1, to: "b", at: 0) == 0)
  }

  /// A region gives up on a file of which nothing comes for ten seconds.
  @Test func whereManyWaitThePiecesAreSmall() {
    let pacer = Self.pacer(rate: 10_000_000)
    #expect(pacer.piece(at: 0) == 256 << 10)
    for client in 0..<1000 { _ = pacer.delay(for: 100_000, to: "\(client)", at: 0) }
    #expect(pacer.piece(at: 0) == 16 << 10)
  }
}
