import Foundation
import Simplestreams
import Storage
import Testing

@testable import Serving

@Suite(.serialized) struct MetricsTests {
  private static func value(_ name: String, in body: [UInt8]) -> String? {
    String(decoding: body, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("\(name) ") }
      .map { String($0.dropFirst(name.count + 1)) }
  }

  @Test func countsRequestsAndBytesByPublication() async throws {
    var frozen = SourceHealth(name: "stable", lastGood: 1_779_999_000, snapshot: "abc")
    frozen.indexUpdated = 1_770_000_000
    frozen.isIndexTooOld = true
    let sources = [frozen, SourceHealth(name: "new", lastGood: nil, snapshot: nil)]
    try await LiveServer.run(items: ["a": [UInt8](repeating: 1, count: 1000)], { $0.sources = { sources } }) { live in
      let client = try RawClient(port: live.port)
      _ = try client.get("\(LiveServer.base)/a")
      _ = try client.get("\(LiveServer.base)/a", ["Range: bytes=0-99"])
      _ = try client.get("\(LiveServer.base)/b")
      _ = try client.get("/other/a")
      let answer = try client.get("/metrics")
      #expect(answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
      let label = "publication=\"ephemeral-v3/stable\""
      func value(_ name: String) -> String? { Self.value(name, in: answer.body) }
      #expect(value("maas_mirror_requests_total{\(label),status=\"200\"}") == "1")
      #expect(value("maas_mirror_requests_total{\(label),status=\"206\"}") == "1")
      #expect(value("maas_mirror_requests_total{\(label),status=\"404\"}") == "1")
      #expect(value("maas_mirror_requests_total{publication=\"\",status=\"404\"}") == "1")
      #expect(value("maas_mirror_sent_bytes_total{\(label),status=\"200\"}") == "1000")
      #expect(value("maas_mirror_sent_bytes_total{\(label),status=\"206\"}") == "100")
      #expect(value("maas_mirror_connections") == "1")
      #expect(value("maas_mirror_connections_total") == "1")
      #expect(value("maas_mirror_transfers") == "1")
      #expect(value("maas_mirror_first_byte_seconds_bucket{le=\"+Inf\"}") == "4")
      #expect(value("maas_mirror_source_last_good_sync_age_seconds{source=\"stable\"}") == "1000")
      #expect(value("maas_mirror_source_info{source=\"stable\",snapshot=\"abc\"}") == "1")
      #expect(value("maas_mirror_source_index_timestamp_seconds{source=\"stable\"}") == "1770000000")
      #expect(value("maas_mirror_source_index_too_old{source=\"stable\"}") == "1")
      #expect(value("maas_mirror_source_index_too_old{source=\"new\"}") == nil)
      #expect(value("maas_mirror_catalog_readable") == "1")
      #expect(Int(value("process_resident_memory_bytes") ?? "") ?? 0 > 1 << 20)
      #expect(Int(value("process_open_fds") ?? "") ?? 0 > 3)
    }
  }

  @Test func countsATransferThatTheClientLeft() async throws {
    try await LiveServer.run(items: ["squashfs": [UInt8](repeating: 2, count: 48 << 20)]) { live in
      var client: RawClient? = try RawClient(port: live.port, window: 65536)
      try client?.send(RawClient.request("\(LiveServer.base)/squashfs"))
      _ = try client?.head()
      client = nil
      let other = try RawClient(port: live.port)
      #expect(
        try await live.waits { Self.value("maas_mirror_aborted_total", in: try other.get("/metrics").body) == "1" })
      #expect(Self.value("maas_mirror_transfers", in: try other.get("/metrics").body) == "1")
    }
  }

  @Test func countsWholeDownloadsByReleaseAndArchitecture() async throws {
    let squashfs = "noble/amd64/20260101/squashfs"
    let items = [
      squashfs: [UInt8](repeating: 1, count: 1000), "bootloaders/uefi/arm64/20210819.0/shim": [2], "other": [3],
    ]
    try await LiveServer.run(items: items) { live in
      let client = try RawClient(port: live.port)
      for _ in 0..<3 { _ = try client.get("\(LiveServer.base)/\(squashfs)") }
      _ = try client.get("\(LiveServer.base)/\(squashfs)?again", ["Range: bytes=0-"])
      // In parts, without the file, or a document: no download.
      _ = try client.get("\(LiveServer.base)/\(squashfs)", ["Range: bytes=0-99"])
      _ = try client.get("\(LiveServer.base)/\(squashfs)", ["Range: bytes=100-"])
      _ = try client.get("\(LiveServer.base)/\(squashfs)", ["If-None-Match: *"])
      // Two parts, so long that the answer is as long as the file.
      let framing =
        MultipartRanges(
          digest: SHA256Digest(hashing: items[squashfs]!), size: 1000, type: MediaType.of(squashfs),
          ranges: [100..<200, 900..<901]
        ).pieces.reduce(0) { $0 + $1.length } - 101
      let parts = try client.get("\(LiveServer.base)/\(squashfs)", ["Range: bytes=100-\(1098 - framing),900-900"])
      #expect(parts.headers["content-length"] == "1000" && parts.status == 206)
      _ = try client.get("\(LiveServer.base)/noble/amd64/20260101/gone")
      _ = try client.get("\(LiveServer.base)/noble/amd64/20260101/")
      _ = try client.get("\(LiveServer.base)/streams/v1/index.sjson")
      _ = try client.get("\(LiveServer.base)/other")
      _ = try client.get("\(LiveServer.base)/bootloaders/uefi/arm64/20210819.0/shim")
      func lines() throws -> [Substring] {
        String(decoding: try client.get("/metrics").body, as: UTF8.self).split(separator: "\n")
          .filter { $0.hasPrefix("maas_mirror_downloads_total") }
      }
      #expect(try await live.waits { try lines().count == 3 })
      let label = "publication=\"ephemeral-v3/stable\""
      #expect(
        try lines() == [
          "maas_mirror_downloads_total{\(label),release=\"\",arch=\"\"} 1",
          "maas_mirror_downloads_total{\(label),release=\"bootloaders/uefi\",arch=\"arm64\"} 1",
          "maas_mirror_downloads_total{\(label),release=\"noble\",arch=\"amd64\"} 4",
        ])
    }
  }

  /// What fits into the buffers of the system is sent for us, and lost with a client that goes away.
  @Test func aFileThatNobodyReceivedIsNoDownload() async throws {
    let (lost, taken) = ("noble/amd64/20260101/boot-initrd", "jammy/amd64/20260101/boot-initrd")
    let items = [lost: [UInt8](repeating: 1, count: 200_000), taken: [UInt8](repeating: 2, count: 200_000)]
    try await LiveServer.run(items: items) { live in
      func metrics() throws -> String {
        String(decoding: try RawClient(port: live.port).get("/metrics").body, as: UTF8.self)
      }
      var client: RawClient? = try RawClient(port: live.port, window: 2048)
      try client?.send(RawClient.request("\(LiveServer.base)/\(lost)"))
      // Sent whole, as far as we can tell.
      #expect(try await live.waits { try metrics().contains("\nmaas_mirror_transfers 1\n") })
      #expect(try metrics().contains("status=\"200\"} 200000\n"))
      client = nil
      let other = try RawClient(port: live.port)
      #expect(try other.get("\(LiveServer.base)/\(taken)").body.count == 200_000)
      #expect(try await live.waits { try metrics().contains("release=\"jammy\",arch=\"amd64\"} 1\n") })
      #expect(!(try metrics().contains("release=\"noble\"")))
    }
  }

  /// Proxies ask so, and the connection ends with both its halves closed, ours first.
  @Test(arguments: ["HTTP/1.0\r\n", "HTTP/1.1\r\nHost: mirror\r\nConnection: close\r\n"])
  func theLastFileOfAConnectionIsADownload(version: String) async throws {
    let path = "noble/amd64/20260101/boot-initrd"
    try await LiveServer.run(items: [path: [UInt8](repeating: 1, count: 2_000_000)]) { live in
      var client: RawClient? = try RawClient(port: live.port)
      try client?.send("GET \(LiveServer.base)/\(path) \(version)\r\n")
      #expect(try client?.response().body.count == 2_000_000)
      #expect(client?.isClosedByServer() == true)
      client = nil
      let isCounted = try await live.waits {
        let metrics = try RawClient(port: live.port).get("/metrics").body
        return String(decoding: metrics, as: UTF8.self).contains("release=\"noble\",arch=\"amd64\"} 1\n")
      }
      #expect(isCounted)
    }
  }

  /// It reads for a while, with its half closed: closing ours at once, nobody could tell what it took.
  @Test(
    arguments: zip(
      ["HTTP/1.0\r\n", "HTTP/1.1\r\nHost: mirror\r\n", "HTTP/1.1\r\nHost: mirror\r\n"], [false, false, true]))
  func whoAsksForNothingMoreTakesTheLastFileNevertheless(version: String, isLate: Bool) async throws {
    let path = "noble/amd64/20260101/boot-initrd"
    try await LiveServer.run(items: [path: [UInt8](repeating: 1, count: 1_500_000)]) { live in
      let client = try RawClient(port: live.port, window: 65536)
      try client.send("GET \(LiveServer.base)/\(path) \(version)\r\n")
      if !isLate { client.endSending() }
      #expect(try client.head().status == 200)
      #expect(try client.take(500_000).count == 500_000)
      if isLate { client.endSending() }
      try await Task.sleep(for: .milliseconds(100))
      #expect(try client.take(1_000_000).count == 1_000_000)
      #expect(client.isClosedByServer())
      let isCounted = try await live.waits {
        let metrics = try RawClient(port: live.port).get("/metrics").body
        return String(decoding: metrics, as: UTF8.self).contains("release=\"noble\",arch=\"amd64\"} 1\n")
      }
      #expect(isCounted)
    }
  }

  /// Else anybody could fill the memory of the monitoring with paths that do not exist.
  @Test func requestsForWhatIsNotPublishedShareOneLabel() async throws {
    try await LiveServer.run { live in
      let client = try RawClient(port: live.port)
      for number in 0..<20 { _ = try client.get("/ephemeral-v3/stable\(number)/a") }
      let text = String(decoding: try client.get("/metrics").body, as: UTF8.self)
      #expect(text.split(separator: "\n").filter { $0.hasPrefix("maas_mirror_requests_total{") }.count == 1)
    }
  }

  @Test func aCatalogThatCannotBeReadIsAMetricToo() async throws {
    try await LiveServer.run { live in
      let answer = try RawClient(port: live.port).get("/metrics")
      #expect(Self.value("maas_mirror_catalog_readable", in: answer.body) == "0")
    }
  }

  @Test func bucketsAreCumulative() {
    var counts = ServerMetrics.Counts()
    for duration: Int64 in [1, 600_000, 900_000, 99_000_000_000] { counts.firstByte.add(duration) }
    let page = MetricsPage(
      counts: counts, connections: 0, sample: .init(), publications: [], droppedLines: 0, now: 0
    ).text
    #expect(page.contains("bucket{le=\"0.0005\"} 1\n"))
    #expect(page.contains("bucket{le=\"0.001\"} 3\n"))
    #expect(page.contains("bucket{le=\"5.0\"} 3\n"))
    #expect(page.contains("bucket{le=\"+Inf\"} 4\n"))
    #expect(page.contains("_sum 99.001500001\n"))
  }

  @Test func labelsAreEscaped() {
    var text = MetricsText()
    text.gauge("a", "b", [([("c", "\"\n\\")], "1")])
    #expect(text.text == "# HELP a b\n# TYPE a gauge\na{c=\"\\\"\\n\\\\\"} 1\n")
    // Each of them one `Character` with what follows or stands before.
    var joined = MetricsText()
    joined.line("a", [("c", "\"\u{301}\r\n\\\u{301}")], "1")
    #expect(joined.text.unicodeScalars.elementsEqual("a{c=\"\\\"\u{301}\r\\n\\\\\u{301}\"} 1\n".unicodeScalars))
  }
}
