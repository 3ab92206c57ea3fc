import NIOCore
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

  private func delivery(
    _ part: TakenPart = .whole, bytes: Int64 = 5, of file: TreeView.Entry? = nil, by visitor: Visitor? = nil
  ) -> Delivery {
    Delivery(visitor: visitor ?? self.visitor, file: file ?? self.file, part: part, bytes: bytes, time: 100 + bytes)
  }

  @Test func equalAnswersAreOneEntry() {
    for _ in 0..<1000 { recent.add(delivery()) }
    recent.add(delivery(.ranges([0..<4]), bytes: 4))
    let taken = recent.take()
    #expect(taken.map(\.value.count).sorted() == [1, 1000])
    #expect(taken.first { $0.key.part == .whole }?.value == .init(count: 1000, bytes: 5000, time: 105))
    #expect(recent.take().isEmpty)
  }

  /// Clients that make a connection for each request are one client all the same.
  @Test func equalAnswersOfAThousandConnectionsAreOneEntry() {
    for _ in 0..<1000 { recent.add(delivery(by: Visitor(client: "192.0.2.1", agent: "maas/3.6"))) }
    recent.add(delivery(by: Visitor(client: "192.0.2.2", agent: "maas/3.6")))
    recent.add(delivery(of: Self.file("a/c")))
    #expect(recent.take().map(\.value.count).sorted() == [1, 1, 1000])
    #expect(recent.dropped == 0)
  }

  @Test func whatIsNoDownloadLeavesNothing() {
    func delivery(_ method: String = "GET", status: Int = 200, of file: TreeView.Entry) -> Delivery? {
      let exchange = OpenExchange(request: SampleView.get("/a/b", method: method), visitor: visitor, start: .now())
      var answer = Answer(status, [], .none)
      answer.file = file
      exchange.begin(answer, bodyStart: 0)
      return Delivery(exchange, received: nil, time: 1)
    }
    for status in [0, 400, 404, 412, 416, 503] { #expect(delivery(status: status, of: file) == nil) }
    #expect(delivery("HEAD", of: file) == nil)
    #expect(delivery(of: Self.file("keyring.gpg", publication: nil)) == nil)
    for status in [200, 206, 304] { #expect(delivery(status: status, of: file) != nil) }
  }

  /// What a client calls itself is its own text.
  @Test func aClientWithAThousandNamesFillsNoMemory() {
    let long = String(repeating: "x", count: 8000)
    for number in 0..<2000 {
      recent.add(delivery(by: Visitor(client: "192.0.2.1", agent: "\(number)\(long)")))
    }
    let taken = recent.take()
    #expect(taken.keys.reduce(0) { $0 + $1.weight } <= RecentDownloads.share)
    #expect(taken.count + recent.dropped == 2000 && recent.dropped > 0)
    recent.add(delivery())
    #expect(recent.take().count == 1)
  }
}
