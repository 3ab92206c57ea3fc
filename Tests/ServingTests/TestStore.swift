import Simplestreams
import Storage
import Synchronization
import TestSupport

@testable import Serving

/// A store on disk with published trees in it, as a sync leaves it.
final class TestStore: Sendable {
  static let path = "ephemeral-v3/stable"
  let temporary: TemporaryFolder
  let folder: DataFolder
  let blobs: FileBlobStore
  let publications: PublicationStore

  init() throws {
    temporary = try TemporaryFolder()
    folder = DataFolder(root: temporary.path)
    try folder.create()
    blobs = FileBlobStore(folder)
    publications = PublicationStore(folder, blobs: blobs)
  }

  @discardableResult
  func publish(
    documents: [String: [UInt8]] = ["streams/v1/index.sjson": Array("index".utf8)], items: [String: [UInt8]] = [:],
    at path: String = TestStore.path, time: Int64 = 1_780_000_000
  ) throws -> PublicationRecord {
    let tree = PublishedTree(
      path: PublicationPath(path)!, signed: .local, key: "key", keyring: try blobs.insert(Array("keyring".utf8)),
      sources: [], documents: try files(documents, time) { try TreePath(document: $0) },
      items: try files(items, time) { try TreePath(item: $0) }, contents: [:])
    return try publications.publish(tree, at: time)
  }

  private func files(
    _ files: [String: [UInt8]], _ time: Int64, _ path: (String) throws -> TreePath
  ) throws -> [PublishedTree.File] {
    try files.sorted { $0.key < $1.key }.map { name, bytes in
      .init(path: try path(name), sha256: try blobs.insert(bytes), size: Int64(bytes.count), modified: time)
    }
  }
}

/// What the server told its operator.
final class LogLines: Sendable {
  private let lines = Mutex<[String]>([])
  var all: [String] { lines.withLock { $0 } }
  func add(_ line: String) { lines.withLock { $0.append(line) } }
}
