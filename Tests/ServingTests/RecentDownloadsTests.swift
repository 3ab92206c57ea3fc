import Simplestreams
import Storage
import Testing

@testable import Serving

@Suite struct RecentDownloadsTests {
  private let recent = RecentDownloads()
  private let visitor = Visitor(client: "192.0.2.1", agent: "maas/3.6")
  private let file = Self.file("a/b")

  private static func file(_ key: String, publication: String? = "a") -> TreeView.Entry {
    TreeView.Entry(
      key: key, digest: SHA256Digest(hashing: []), size: 5, modified: 1, isDocument: false, publication: publication)
  }

  private static func record(_ method: String = "GET", status: Int = 200, sent: Int64 = 5) -> ExchangeRecord {
    ExchangeRecord(
      client: "192.0.2.1", time: 100 + sent, request: SampleView.get("/a/b", method: method), status: status,
      sent: sent,
      duration: 1, firstByte: 1, publication: "a", isComplete: true)
  }

  @Test func equalAnswersAreOneEntry() {
    for _ in 0..<1000 { recent.add(Self.record(), of: file, by: visitor) }
    recent.add(Self.record(sent: 4), of: file, by: visitor)
    let taken = recent.take()
    #expect(taken.map(\.value.count).sorted() == [1, 1000])
    #expect(taken.first { $0.key.length == 5 }?.value == .init(count: 1000, bytes: 5000, time: 105))
    #expect(recent.take().isEmpty)
  }

  /// Clients that make a connection for each request are one client all the same.
  @Test func equalAnswersOfAThousandConnectionsAreOneEntry() {
    for _ in 0..<1000 { recent.add(Self.record(), of: file, by: Visitor(client: "192.0.2.1", agent: "maas/3.6")) }
    recent.add(Self.record(), of: file, by: Visitor(client: "192.0.2.2", agent: "maas/3.6"))
    recent.add(Self.record(), of: Self.file("a/c"), by: visitor)
    #expect(recent.take().map(\.value.count).sorted() == [1, 1, 1000])
    #expect(recent.dropped == 0)
  }

  @Test func whatIsNoDownloadLeavesNothing() {
    for status in [0, 400, 404, 412, 416, 503] { recent.add(Self.record(status: status), of: file, by: visitor) }
    recent.add(Self.record("HEAD"), of: file, by: visitor)
    recent.add(Self.record(), of: Self.file("keyring.gpg", publication: nil), by: visitor)
    #expect(recent.take().isEmpty && recent.dropped == 0)
  }

  /// What a client calls itself is its own text.
  @Test func aClientWithAThousandNamesFillsNoMemory() {
    let long = String(repeating: "x", count: 8000)
    for number in 0..<2000 {
      recent.add(Self.record(), of: file, by: Visitor(client: "192.0.2.1", agent: "\(number)\(long)"))
    }
    let taken = recent.take()
    #expect(taken.keys.reduce(0) { $0 + $1.weight } <= RecentDownloads.share)
    #expect(taken.count + recent.dropped == 2000 && recent.dropped > 0)
    recent.add(Self.record(), of: file, by: visitor)
    #expect(recent.take().count == 1)
  }
}
