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

  /// A region gives up on a file of which nothing comes for ten seconds.
  @Test func whereManyWaitThePiecesAreSmall() {
    let pacer = Self.pacer(rate: 10_000_000)
    #expect(pacer.piece(at: 0) == 256 << 10)
    for client in 0..<1000 { _ = pacer.delay(for: 100_000, to: "\(client)", at: 0) }
    #expect(pacer.piece(at: 0) == 16 << 10)
  }
}
