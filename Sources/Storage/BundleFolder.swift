import Glibc
import Simplestreams

/// A bundle on a medium. It is laid out like a data folder, with names that every file system takes:
///
///     <folder>/bundle.json          which snapshots it holds; replaced by rename when all the rest is there
///     <folder>/snapshots/<id>.json  as in the data folder that they come from
///     <folder>/blobs/sha256/ab/…    each once
///     <folder>/incoming/, lock      as in a data folder
///
/// Who carries it is trusted for nothing: what is read here is checked by whoever reads it, and what is not as it should be is
/// not written to.
package struct BundleFolder: Sendable {
  package let path: String
  package let blobs: FileBlobStore
  private let folder: DataFolder

  /// Far above what a stream takes.
  private static let manifestLimit: Int64 = 64 << 20

  package init(_ path: String) {
    folder = DataFolder(root: path)
    self.path = folder.root
    blobs = FileBlobStore(folder)
  }

  private var manifest: String { "\(path)/bundle.json" }

  // MARK: Reading

  package func read() throws(StorageError) -> Bundle {
    guard let bundle = try readIfThere() else { throw .noBundle(path: path) }
    if bundle.snapshots.isEmpty { throw .badBundle(path: path, reason: "the export to it did not come to its end") }
    return bundle
  }

  package func snapshot(_ entry: Bundle.Entry) throws(StorageError) -> Snapshot {
    let file = folder.snapshot(entry.snapshot)
    guard let status = try FileSystem.status(file) else {
      throw .badBundle(path: path, reason: "its snapshot \(entry.snapshot.short) is gone")
    }
    if Int64(status.st_size) > Self.manifestLimit { throw .badBundle(path: file, reason: "it is far too large") }
    let snapshot = try understood { () throws(StorageError) in try SnapshotStore(folder).load(entry.snapshot) }
    guard snapshot.format == Snapshot.currentFormat, snapshot.source == entry.source else {
      throw .badBundle(path: file, reason: "it is not the snapshot of “\(entry.source)” that \(manifest) says it is")
    }
    return snapshot
  }

  private func readIfThere() throws(StorageError) -> Bundle? {
    guard let status = try FileSystem.status(manifest) else { return nil }
    if Int64(status.st_size) > 1 << 20 { throw .badBundle(path: manifest, reason: "it is far too large") }
    let bundle = try understood { () throws(StorageError) in
      try ContentFile.decodeWhole(Bundle.self, from: try ContentFile.read(manifest), path: manifest)
    }
    guard bundle.format == Bundle.currentFormat else {
      throw .badBundle(
        path: manifest, reason: "this maas-mirror knows bundles of the format \(Bundle.currentFormat) only")
    }
    // They are shown to people.
    let isNamed = bundle.snapshots.allSatisfy { entry in
      (1...64).contains(entry.source.utf8.count) && entry.source.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
    guard isNamed, Set(bundle.snapshots.map(\.source)).count == bundle.snapshots.count else {
      throw .badBundle(path: manifest, reason: "it does not name its sources as it should")
    }
    return bundle
  }

  /// What is damaged here no sync brings back.
  private func understood<Value>(_ read: () throws(StorageError) -> Value) throws(StorageError) -> Value {
    do {
      return try read()
    } catch .malformed(let path, let reason) {
      throw .badBundle(path: path, reason: reason)
    }
  }

  // MARK: Writing

  /// Makes the folder a bundle, unless it is one. What lies above it must be there: it may be a medium that is not mounted.
  package func begin(now: Int64) throws(StorageError) -> WriterLock {
    try folder.requireMounted()
    try FileSystem.makeFolder(path)
    let isBundle = try FileSystem.status(manifest) != nil
    let places = ["\(path)/blobs", folder.blobs, folder.incoming, folder.snapshots]
    for place in places + [folder.publications, folder.catalog, folder.keys] {
      guard let status = try FileSystem.status(place) else { continue }
      let isOurs = places.contains(place) && (isBundle || place == folder.incoming)
      // A link would lead what is written, and removed, to another place.
      if !isOurs || status.st_mode & S_IFMT != S_IFDIR {
        throw .noPlaceForBundle(path: path, what: FileSystem.name(of: place))
      }
    }
    for name in try FileSystem.names(in: folder.blobs) {
      let status = try FileSystem.status("\(folder.blobs)/\(name)")
      if let status, status.st_mode & S_IFMT != S_IFDIR {
        throw .noPlaceForBundle(path: path, what: "blobs/sha256/\(name)")
      }
    }
    let lock = try WriterLock(folder, purpose: "export")
    try FileSystem.makeFolder(folder.incoming)
    // What an export left that was killed; each goes on behind the last blob that is whole.
    for name in try FileSystem.names(in: folder.incoming) where name.hasSuffix(".new") || name.hasSuffix(".part") {
      try FileSystem.remove("\(folder.incoming)/\(name)")
    }
    // Before the rest, so that this is known for what it is.
    if !isBundle { try save(Bundle(created: now, snapshots: [])) }
    for place in places { try FileSystem.makeFolder(place) }
    return lock
  }

  private func save(_ bundle: Bundle) throws(StorageError) {
    let bytes = try ContentFile.encodeWhole(bundle)
    try FileSystem.replace(manifest, with: bytes, staging: folder.incoming, mode: 0o644)
  }

  /// The snapshots' blobs are all here and durable: from now on the bundle is these, and what only others needed goes.
  ///
  /// - Returns: how many blobs were removed.
  package func conclude(_ snapshots: [(id: SnapshotID, snapshot: Snapshot)], now: Int64) throws(StorageError) -> Int {
    let store = SnapshotStore(folder)
    var entries: [Bundle.Entry] = []
    for (id, snapshot) in snapshots {
      // One that is damaged is of no use to anybody.
      if (try? store.load(id)) == nil { try FileSystem.remove(folder.snapshot(id)) }
      guard try store.save(snapshot) == id else {
        throw .badBundle(path: path, reason: "snapshot \(id.short) was written by another maas-mirror, in another way")
      }
      entries.append(.init(source: snapshot.source, snapshot: id))
    }
    // One that cannot be read is replaced like an older one.
    if (try? read())?.snapshots != entries { try save(Bundle(created: now, snapshots: entries)) }
    try store.remove(try store.ids().filter { id in !entries.contains { $0.snapshot == id } })
    let needed = Set(snapshots.flatMap(\.snapshot.carriedBlobs.keys))
    var others: [SHA256Digest] = []
    try blobs.forEach { digest, _ throws(StorageError) in
      if !needed.contains(digest) { others.append(digest) }
    }
    for digest in others { try blobs.remove(digest) }
    return others.count
  }
}
