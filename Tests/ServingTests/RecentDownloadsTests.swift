import Testing

@testable import Serving

@Suite struct RecentDownloadsTests {
  private static func record(_ target: String = "/a/b", status: Int = 200, sent: Int64 = 5) -> ExchangeRecord {
    ExchangeRecord(
      client: "192.0.2.1", time: 100 + sent, method: "GET", target: target, version: "HTTP/1.1", status: status,
      sent: sent, duration: 1, firstByte: 1, range: nil, agent: nil, publication: "a", isComplete: true)
  }

  @Test func equalAnswersAreOneEntry() {
    let recent = RecentDownloads()
    for _ in 0..<1000 { recent.add(Self.record()) }
    recent.add(Self.record(sent: 4))
    let taken = recent.take()
    #expect(taken.map(\.value.count).sorted() == [1, 1000])
    #expect(taken.first { $0.key.length == 5 }?.value == .init(count: 1000, bytes: 5000, time: 105))
    #expect(recent.take().isEmpty)
  }

  @Test func whatIsNoDownloadLeavesNothing() {
    let recent = RecentDownloads()
    for status in [0, 400, 404, 412, 416, 503] { recent.add(Self.record(status: status)) }
    var head = Self.record()
    head.method = "HEAD"
    recent.add(head)
    var stranger = Self.record()
    stranger.publication = nil
    recent.add(stranger)
    #expect(recent.take().isEmpty && recent.dropped == 0)
  }

  /// A client may put what it likes behind the question mark.
  @Test func aClientThatAsksInAThousandWaysFillsNoMemory() {
    let recent = RecentDownloads()
    let long = String(repeating: "x", count: 8000)
    for number in 0..<2000 { recent.add(Self.record("/a/b?\(number)\(long)")) }
    let taken = recent.take()
    #expect(taken.keys.reduce(0) { $0 + $1.weight } <= RecentDownloads.limit)
    #expect(taken.count + recent.dropped == 2000 && recent.dropped > 0)
    recent.add(Self.record())
    #expect(recent.take().count == 1)
  }
}
