import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// Documents in zstd and gzip, made at publish time.
@Suite struct CompressedDocumentTests {
  private let upstream: FakeUpstream
  private let mirror: Mirror
  private let store: PublicationStore
  private let blobs: FileBlobStore
  private let path = PublicationPath("ephemeral-v3/stable")!

  init() throws {
    upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    mirror = try Mirror(source: upstream)
    let folder = DataFolder(root: mirror.data)
    blobs = FileBlobStore(folder)
    store = PublicationStore(folder, blobs: blobs)
    try mirror.begin()
  }

  private func tree() throws -> PublishedTree {
    try store.tree(try #require(try store.record(path)).current.tree)
  }

  private func remove(_ digest: SHA256Digest) throws {
    try FileManager.default.removeItem(atPath: DataFolder(root: mirror.data).blob(digest))
  }

  @Test func everyLargeDocumentHasBothFormsAndClientsUnpackThem() throws {
    let documents = try tree().documents
    let large = documents.filter { $0.size > 4096 }
    // The products files are served twice: signed here, and as upstream signed them.
    #expect(large.contains { $0.path.string.hasPrefix("upstream/") })
    #expect(
      large.contains { $0.path.string.hasSuffix(".sjson") } && large.contains { $0.path.string.hasSuffix(".json") })
    #expect(large.allSatisfy { $0.zstd != nil && $0.gzip != nil })
    #expect(try tree().items.allSatisfy { $0.packed.isEmpty })
    let server = try mirror.serve()
    for document in large {
      let url = server.url("ephemeral-v3/stable/\(document.path.percentEncoded)")
      let arguments = ["-s", "--compressed", "-H", "Accept-Encoding: gzip", "-D", mirror.folder.file("head"), url]
      let run = try ProcessRun.run("/usr/bin/curl", arguments, seconds: 30)
      #expect(SHA256Digest(hashing: Array(run.output.utf8)) == document.sha256)
      let head = String(decoding: try Data(contentsOf: URL(fileURLWithPath: mirror.folder.file("head"))), as: UTF8.self)
      #expect(head.contains("Content-Encoding: gzip\r\n") && head.contains("Vary: Accept-Encoding\r\n"), "\(head)")
      #expect(head.contains("Content-Length: \(try #require(document.gzip).size)\r\n"), "\(head)")
    }
    #expect(server.stop() == 0)
  }

  /// What an older version published: its documents keep their signed bytes, and get what is missing.
  @Test func aTreeOfAnOlderVersionGetsTheFormsWithoutANewSignature() throws {
    let before = try tree()
    var old = before
    for position in old.documents.indices { old.documents[position].gzip = nil }
    try store.publish(old, at: 1_790_000_000)
    #expect(try mirror.run("publish").code == 0)
    #expect(try tree() == before)
    #expect(try mirror.run("publish").output.contains("unchanged"))
  }

  @Test func aFormThatWasLostComesBack() throws {
    let before = try tree()
    let lost = try #require(before.documents.lazy.compactMap(\.gzip).first)
    try remove(lost.sha256)
    let verify = try mirror.run("verify")
    #expect(verify.code == 74 && verify.output.contains("gone     \(lost.sha256)"), "\(verify.output)")
    #expect(try mirror.serve().get("readyz").code == 503)
    #expect(try mirror.run("publish").output.contains("unchanged"))
    #expect(try blobs.size(of: lost.sha256) == lost.size)
    #expect(try mirror.run("verify").code == 0)
    #expect(try tree() == before)
  }
}
