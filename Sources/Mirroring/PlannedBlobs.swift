import OrderedCollections
package import Simplestreams

/// Which bytes a plan needs, and which of them are here. Pure.
package struct PlannedBlobs: Sendable {
  package struct Blob: Sendable {
    package var content: FileContent
    /// Every path that upstream has these bytes under.
    package var paths: [TreePath]
    /// What an earlier, interrupted sync has brought of it.
    package var received: Int64 = 0

    package var digest: SHA256Digest { content.sha256 }
    package var size: Int64 { content.size }
  }

  /// One for each hash.
  package private(set) var toFetch: [Blob] = []
  package private(set) var present: [Blob] = []
  /// A hash is listed with several sizes, and none of them is that of a file that is here: further ones, to be tried when
  /// the one in `toFetch` proves wrong.
  package private(set) var rivals: [Blob] = []
  /// A hash is listed with several sizes, and the file is here: the sizes that it does not have, and why they are wrong.
  package private(set) var refuted: [FileContent: String] = [:]
  /// What all paths would take if each had its own copy, and what of that several have in common.
  package private(set) var bytesListed: Int64 = 0
  package private(set) var bytesShared: Int64 = 0

  /// Of nothing.
  init() {}

  init(
    _ listed: some Sequence<ListedFile>, sizeInStore: (SHA256Digest) throws -> Int64?,
    sizeReceived: (SHA256Digest) throws -> Int64
  ) rethrows {
    let blobs = Self.blobs(listed)
    var first: Set<SHA256Digest> = []
    for var blob in blobs.values {
      bytesListed += Int64(blob.paths.count) * blob.size
      bytesShared += Int64(blob.paths.count - 1) * blob.size
      let held = try sizeInStore(blob.digest)
      // Of a size that nobody lists it is damaged, and is fetched anew.
      if held == blob.size {
        present.append(blob)
      } else if let held, blobs[FileContent(sha256: blob.digest, size: held)] != nil {
        refuted[blob.content] = Self.contradiction(blob.content, isReally: held)
      } else if first.insert(blob.digest).inserted {
        blob.received = try sizeReceived(blob.digest)
        toFetch.append(blob)
      } else {
        rivals.append(blob)
      }
    }
  }

  private static func blobs(_ listed: some Sequence<ListedFile>) -> OrderedDictionary<FileContent, Blob> {
    var blobs: OrderedDictionary<FileContent, Blob> = [:]
    var seen: Set<ListedFile> = []
    for file in listed where seen.insert(file).inserted {
      blobs[file.content, default: Blob(content: file.content, paths: [])].paths.append(file.path)
    }
    return blobs
  }

  /// How many files of those that were to be fetched meet a condition, and their bytes.
  func sumToFetch(where condition: (Blob) -> Bool) -> (files: Int, bytes: Int64) {
    var (files, bytes) = (0, Int64(0))
    for list in [toFetch, rivals] {
      for blob in list where condition(blob) { (files, bytes) = (files + 1, bytes + blob.size) }
    }
    return (files, bytes)
  }

  static func contradiction(_ content: FileContent, isReally size: Int64) -> String {
    "its sha256 is that of a file of \(size) bytes, and not of \(content.size) as listed"
  }
}
