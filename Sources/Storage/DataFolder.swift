import Glibc
package import Simplestreams

/// The one place that builds paths inside the data folder. The same names serve as keys in an object store.
///
///     <data>/blobs/sha256/ab/abcd…      immutable, mode 0444
///     <data>/incoming/                  partial downloads; nothing else is ever half-written
///     <data>/quarantine/                damaged blobs, for who wants to know why
///     <data>/snapshots/<id>.json        immutable manifests
///     <data>/publications/<name>.json   what is published now, and its history; replaced by rename
///     <data>/copies/<name>.json         the same once more, for when one is damaged or lost
///     <data>/keys/                      the local signing key, mode 0700
///     <data>/catalog.sqlite             index and history
///     <data>/serve/                     the one folder that the server writes: which client took what
///     <data>/lock                       one writer at a time
package struct DataFolder: Sendable, Hashable {
  package let root: String

  package init(root: String) {
    self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
  }

  package var blobs: String { "\(root)/blobs/sha256" }
  package var incoming: String { "\(root)/incoming" }
  package var snapshots: String { "\(root)/snapshots" }
  package var publications: String { "\(root)/publications" }
  package var copies: String { "\(root)/copies" }
  package var quarantine: String { "\(root)/quarantine" }
  package var keys: String { "\(root)/keys" }
  package var catalog: String { "\(root)/catalog.sqlite" }
  package var serve: String { "\(root)/serve" }
  package var clients: String { "\(serve)/clients.sqlite" }
  package var lock: String { "\(root)/lock" }

  package func blobFolder(_ digest: SHA256Digest) -> String { "\(blobs)/\(digest.hex.prefix(2))" }
  package func blob(_ digest: SHA256Digest) -> String { "\(blobFolder(digest))/\(digest.hex)" }
  package func partial(_ digest: SHA256Digest) -> String { "\(incoming)/\(digest.hex).part" }
  package func snapshot(_ id: SnapshotID) -> String { "\(snapshots)/\(id).json" }
  package func publication(_ path: PublicationPath) -> String { "\(publications)/\(path.fileName).json" }
  package func copy(of path: PublicationPath) -> String { "\(copies)/\(path.fileName).json" }

  /// Makes the folder that the server writes. Where the rest is not, a disk may have been unmounted: then nothing is.
  package func createForServer() throws(StorageError) {
    guard try FileSystem.status(publications) != nil else {
      throw .system(operation: "create", path: serve, reason: "the rest of the data folder is not there")
    }
    try FileSystem.makeFolder(serve, mode: 0o750)
  }

  /// Makes the folder of a blob, and moves out of the way what stands in its place and is no file: a rename replaces no folder.
  func makePlace(for digest: SHA256Digest) throws(StorageError) {
    try FileSystem.makeFolder(blobFolder(digest))
    guard let status = try FileSystem.status(blob(digest)), status.st_mode & S_IFMT != S_IFREG else { return }
    try FileSystem.makeFolder(quarantine, mode: 0o700)
    try FileSystem.move(blob(digest), to: try FileBlobStore.freeName("\(quarantine)/\(digest.hex)"))
  }

  /// Makes the folders that a writer needs. `keys` is made by its owner, with its own mode.
  package func create() throws(StorageError) {
    try FileSystem.makeFolders(root)
    for folder in ["\(root)/blobs", blobs, incoming, snapshots, publications, copies] {
      try FileSystem.makeFolder(folder)
    }
  }
}
