import Foundation
import Simplestreams
import TestSupport
import Testing

/// REDbot asks in many ways (conditions, ranges, codings) and knows what RFC 9110 and 9111 make of the answers.
@Suite struct RedbotTests {
  @Test func redbotFindsNothingToMend() throws {
    guard let redbot = Needed.peer("redbot", for: "REDbot's opinion") else { return }
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    let server = try mirror.serve()
    let tree = "ephemeral-v3/stable"
    // One with compressed forms, one without; an item; pages; what programs look at.
    let pages = [
      "\(tree)/streams/v1/com.ubuntu.maas:stable:v3:download.json", "\(tree)/streams/v1/index.sjson",
      "\(tree)/noble/amd64/20261015/squashfs", "\(tree)/noble/amd64/20261015/squashfs.manifest", "\(tree)/noble/", "",
      "keyring.gpg", "healthz", "metrics", "nothing",
    ]
    for page in pages {
      let run = try ProcessRun.run(redbot, ["-o", "har", server.url(page)], seconds: 60)
      let entries = try #require(try JSONReader.read(Array(run.output.utf8))["log"]?["entries"]?.array, "\(run.errors)")
      let notes = entries.flatMap { $0["_red_messages"]?.array ?? [] }
      // A page about which it says nothing was not looked at.
      #expect(!notes.isEmpty, "\(page): \(run.errors)")
      let faults = notes.filter { ["BAD", "WARN"].contains($0["level"]?.string) }.map { $0["summary"]?.string ?? "" }
      #expect(faults == [], "\(page)")
    }
    #expect(server.stop() == 0)
  }
}
