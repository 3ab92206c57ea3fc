import Foundation
import Simplestreams
import Storage

/// What must hold of a data folder at every moment, whatever happened to it: each violation as a sentence.
package struct StoreInvariants {
  private let folder: DataFolder
  private let blobs: FileBlobStore
  private var found: [String] = []

  /// - Parameters:
  ///   - partials: whether files that a later sync goes on with may lie in `incoming/`.
  ///   - staged: whether files that a killed writer left may lie there, for the next one to sweep away.
  package static func violations(
    in root: String, partials: Bool = false, staged: Bool = false
  ) throws -> [String] {
    var walk = StoreInvariants(root)
    try walk.checkBlobs()
    try walk.checkIncoming(partials, staged)
    try walk.checkSnapshots()
    try walk.checkPublications()
    return walk.found
  }

  private init(_ root: String) {
    folder = DataFolder(root: root)
    blobs = FileBlobStore(folder)
  }

  private func names(_ path: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
  }

  /// Every blob hashes to its name, is read-only, and nothing else lies among them.
  private mutating func checkBlobs() throws {
    for prefix in names(folder.blobs) {
      for name in names("\(folder.blobs)/\(prefix)") {
        let path = "\(folder.blobs)/\(prefix)/\(name)"
        guard let digest = SHA256Digest(hex: name), digest.hex == name, folder.blob(digest) == path else {
          found.append("\(path) is no blob")
          continue
        }
        let bytes = FileManager.default.contents(atPath: path) ?? Data()
        if SHA256Digest(hashing: Array(bytes)) != digest { found.append("blob \(name) does not hash to its name") }
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        if mode != 0o444 { found.append("blob \(name) has mode \(String(mode ?? 0, radix: 8))") }
      }
    }
  }

  private mutating func checkIncoming(_ partials: Bool, _ staged: Bool) throws {
    for name in names(folder.incoming) {
      let isPartial = name.hasSuffix(".part") && SHA256Digest(hex: name.dropLast(5)) != nil
      if staged, name.hasSuffix(".new") { continue }
      if !isPartial || !partials { found.append("incoming/\(name) was left behind") }
    }
  }

  /// Every snapshot hashes to its name, and every blob that it names is there.
  private mutating func checkSnapshots() throws {
    let store = SnapshotStore(folder)
    for name in names(folder.snapshots) {
      guard name.hasSuffix(".json"), let id = SnapshotID(String(name.dropLast(5))) else {
        found.append("snapshots/\(name) is no snapshot")
        continue
      }
      let snapshot = try store.load(id)
      for item in snapshot.items { try need(item.sha256, item.size, "snapshot \(id.short), \(item.path)") }
      for document in snapshot.documents + (snapshot.carried ?? []) {
        if try blobs.size(of: document.payload) == nil {
          found.append("the payload of \(document.received) (\(document.payload)) is gone")
        }
        for file in document.received { try need(file.sha256, file.size, "snapshot \(id.short), \(file.path)") }
      }
    }
  }

  /// Every publication points at a tree that is there, with every file that it advertises.
  private mutating func checkPublications() throws {
    let store = PublicationStore(folder, blobs: blobs)
    for name in names(folder.publications) where !name.contains(".damaged-") {
      guard name.hasSuffix(".json"), let path = PublicationPath(fileName: name.dropLast(5)),
        let record = try store.record(path)
      else {
        found.append("publications/\(name) is no publication")
        continue
      }
      let tree = try store.tree(record.current.tree)
      for file in tree.documents + tree.items { try need(file.sha256, file.size, "/\(path)/\(file.path)") }
    }
  }

  private mutating func need(_ digest: SHA256Digest, _ size: Int64, _ name: String) throws {
    if try blobs.size(of: digest) != size { found.append("the blob of \(name) (\(digest)) is not there, or not whole") }
  }
}
