import Foundation
import Simplestreams
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Serving

/// A server on a port of loopback, over a store in a temporary folder.
final class LiveServer: Sendable {
  let folder: TemporaryFolder
  let data: DataFolder
  let blobs: any BlobStore
  let publications: PublicationStore
  let server: TreeServer
  let port: Int
  private let lines: Lines

  private final class Lines: Sendable { let all = Mutex<[String]>([]) }

  static let base = "/ephemeral-v3/stable"
  static let path = PublicationPath("ephemeral-v3/stable")!

  var log: [String] { lines.all.withLock { $0 } }

  private init(
    drain: Int64, items: [String: [UInt8]], _ configure: (inout ServerOptions) -> Void
  ) async throws {
    folder = try TemporaryFolder()
    data = DataFolder(root: folder.path)
    try data.create()
    blobs = FileBlobStore(data)
    publications = PublicationStore(data, blobs: blobs)
    let lines = Lines()
    self.lines = lines
    var options = ServerOptions(
      listen: [.init(host: "127.0.0.1", port: 0)], grace: 1000, drain: drain, threads: 1, now: { 1_780_000_000 })
    configure(&options)
    server = TreeServer(
      publications: publications, blobs: blobs, options: options,
      log: { line in lines.all.withLock { $0.append(line) } })
    try Self.publish(items, to: publications, blobs)
    port = try #require(try await server.start().first).port
  }

  /// Stops the server in any case: its threads outlive it otherwise.
  static func run(
    drain: Int64 = 20, items: [String: [UInt8]] = [:], _ configure: (inout ServerOptions) -> Void = { _ in },
    _ body: (LiveServer) async throws -> Void
  ) async throws {
    let live = try await LiveServer(drain: drain, items: items, configure)
    do {
      try await body(live)
    } catch {
      await live.server.stop()
      throw error
    }
    await live.server.stop()
  }

  func publish(_ items: [String: [UInt8]]) throws { try Self.publish(items, to: publications, blobs) }

  /// The one document says which items there are.
  private static func publish(_ items: [String: [UInt8]], to store: PublicationStore, _ blobs: any BlobStore) throws {
    func file(_ path: String, _ bytes: [UInt8]) throws -> PublishedTree.File {
      .init(
        path: try TreePath(document: path), sha256: try blobs.insert(bytes), size: Int64(bytes.count),
        modified: 1_770_000_000)
    }
    let names = items.keys.sorted()
    try store.publish(
      PublishedTree(
        path: path, signed: .local, key: nil, keyring: try blobs.insert(Array("the public key".utf8)), sources: [],
        documents: [try file("streams/v1/index.sjson", Array(names.joined(separator: "\n").utf8))],
        items: try names.map { try file($0, items[$0]!) }, contents: [:]),
      at: 1_780_000_000)
  }

  /// Asks until the condition holds, for ten seconds at most.
  func waits(until condition: () throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + .seconds(10)
    while ContinuousClock.now < deadline {
      if try condition() { return true }
      try await Task.sleep(for: .milliseconds(10))
    }
    return false
  }
}
