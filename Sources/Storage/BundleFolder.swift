import Glibc
import Simplestreams

/// A bundle on a medium. It is laid out like a data folder, with names of lower-case letters and digits:
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
    // Its name outlives this command, in messages and in the catalog.
    folder = DataFolder(root: DataFolder.resolved(path))
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
    guard try isReadable(file, limit: Self.manifestLimit) else {
      throw .badBundle(path: path, reason: "its snapshot \(entry.snapshot.short) is gone")
    }
    let snapshot = try understood { () throws(StorageError) in try SnapshotStore(folder).load(entry.snapshot) }
    guard snapshot.format == Snapshot.currentFormat, snapshot.source == entry.source else {
      throw .badBundle(path: file, reason: "it is not the snapshot of “\(entry.source)” that \(manifest) says it is")
    }
    return snapshot
  }

  private func readIfThere() throws(StorageError) -> Bundle? {
    guard try isReadable(manifest, limit: 1 << 20) else { return nil }
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

  /// Whether a file is there; throws for what is no file, also for a link to one, and for one that is too large to be read.
  private func isReadable(_ file: String, limit: Int64) throws(StorageError) -> Bool {
    guard let status = try FileSystem.status(file) else { return false }
    if status.st_mode & S_IFMT != S_IFREG { throw .badBundle(path: file, reason: "it is no file") }
    if Int64(status.st_size) > limit { throw .badBundle(path: file, reason: "it is far too large") }
    return true
  }

  /// What is damaged here no sync brings back. What it says stays on its line.
  private func understood<Value>(_ read: () throws(StorageError) -> Value) throws(StorageError) -> Value {
    do {
      return try read()
    } catch .malformed(let path, let reason) {
      throw .badBundle(path: path, reason: String(reason.map { $0.isNewline ? " " : $0 }))
    }
  }

  // MARK: Writing

  /// Makes the folder a bundle, unless it is one. What lies above it must be there: it may be a medium that is not mounted.
  package func begin(now: Int64) throws(StorageError) -> WriterLock {
    try folder.requireMounted()
    try FileSystem.makeFolder(path)
    let isBundle = try isBundle()
    for place in places + [folder.lock, folder.quarantine] { try requireOurs(place, isBundle) }
    for name in try FileSystem.names(in: folder.blobs) {
      let status = try FileSystem.status("\(folder.blobs)/\(name)")
      if let status, status.st_mode & S_IFMT != S_IFDIR { throw misplaced("blobs/sha256/\(name)") }
    }
    for other in [folder.publications, folder.catalog, folder.keys] where try FileSystem.status(other) != nil {
      throw misplaced(FileSystem.name(of: other))
    }
    let lock = try WriterLock(folder, purpose: Self.purpose)
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

  private static let purpose = "export"

  private var places: [String] { ["\(path)/blobs", folder.blobs, folder.incoming, folder.snapshots] }

  private func misplaced(_ what: String) -> StorageError { .noPlaceForBundle(path: path, what: what) }

  /// Whether it is one already; throws for a file of that name that says something else.
  private func isBundle() throws(StorageError) -> Bool {
    guard try FileSystem.status(manifest) != nil else { return false }
    struct Marked: Decodable { var format: String }
    guard let bytes = try? isReadable(manifest, limit: 1 << 20) ? ContentFile.read(manifest) : nil,
      let marked = try? ContentFile.decodeWhole(Marked.self, from: bytes, path: manifest),
      marked.format.hasPrefix("maas-mirror-bundle:")
    else { throw misplaced("bundle.json") }
    return true
  }

  /// Throws for what an export would write over, or remove from, and is not a bundle's. A link leads to another place.
  private func requireOurs(_ place: String, _ isBundle: Bool) throws(StorageError) {
    guard let status = try FileSystem.status(place) else { return }
    let isRight = status.st_mode & S_IFMT == (place == folder.lock ? S_IFREG : S_IFDIR)
    guard isRight else { throw misplaced(FileSystem.name(of: place)) }
    if isBundle { return }
    guard try isLeftover(place) else { throw misplaced(FileSystem.name(of: place)) }
  }

  /// As far as an export comes that is killed before it says that this is a bundle.
  private func isLeftover(_ place: String) throws(StorageError) -> Bool {
    switch place {
    case folder.incoming: try FileSystem.names(in: place).allSatisfy { $0.hasSuffix(".new") }
    case folder.lock: try isOurLock()
    default: false
    }
  }

  private func isOurLock() throws(StorageError) -> Bool {
    let bytes = try OpenFile(folder.lock, flags: O_RDONLY | O_NOFOLLOW | O_NONBLOCK).readAll(limit: 4096)
    return bytes.isEmpty || String(decoding: bytes, as: UTF8.self).hasPrefix("\(Self.purpose), process ")
  }

  private func save(_ bundle: Bundle) throws(StorageError) {
    let bytes = try ContentFile.encodeWhole(bundle)
    try FileSystem.replace(manifest, with: bytes, staging: folder.incoming, mode: 0o644)
  }

  /// What the bundle holds of other sources than these.
  package func others(than names: [String]) throws(StorageError) -> [(id: SnapshotID, snapshot: Snapshot)] {
    var kept: [(id: SnapshotID, snapshot: Snapshot)] = []
    for entry in try readIfThere()?.snapshots ?? [] where !names.contains(entry.source) {
      kept.append((entry.snapshot, try snapshot(entry)))
    }
    return kept
  }

  /// The snapshots' blobs are all here and durable: from now on the bundle is these, and what only others needed goes.
  ///
  /// - Returns: how many blobs were removed.
  package func conclude(_ snapshots: [(id: SnapshotID, snapshot: Snapshot)], now: Int64) throws(StorageError) -> Int {
    let store = SnapshotStore(folder)
    var entries: [Bundle.Entry] = []
    for (id, snapshot) in snapshots {
      try removeUnlessSound(id, store)
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

  /// One that is damaged, or a link, is of no use to anybody.
  private func removeUnlessSound(_ id: SnapshotID, _ store: SnapshotStore) throws(StorageError) {
    let isFile = try FileSystem.status(folder.snapshot(id)).map { $0.st_mode & S_IFMT == S_IFREG } ?? false
    if !isFile || (try? store.load(id)) == nil { try FileSystem.remove(folder.snapshot(id)) }
  }
}
