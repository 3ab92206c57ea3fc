package import Simplestreams
package import Storage

/// What a clean-up removes. A value: it can be shown, held against a limit, or carried out.
package struct CleanupPlan: Sendable {
  package struct Blob: Sendable, Hashable {
    package var digest: SHA256Digest
    package var size: Int64
    /// Whether something that goes with it names it; of what nothing does, some came in with a sync that did not end.
    package var isNamed = false
  }

  /// The publications whose history becomes shorter, as they will be.
  package var records: [PublicationRecord] = []
  /// How many states that takes away.
  package var states = 0
  package var snapshots: [SnapshotID] = []
  /// Manifests that cannot be read, which are set aside.
  package var damagedSnapshots: [SnapshotID] = []
  /// Publications of which nobody can tell what they name, and why.
  package var damaged: [String] = []
  package var blobs: [Blob] = []
  package var leftovers: [Leftover] = []

  /// What a sync fetched that did not end: it stays for the next one.
  package var unfinished: [Blob] = []

  package var keptSnapshots: [SnapshotID] = []
  package var keptBlobs = 0
  package var keptBytes: Int64 = 0
  /// Sources of which nothing is to be remembered.
  package var forgotten: Set<String> = []
  /// Sources that are not in mirror.conf and whose snapshots stay.
  package var strangers: [String] = []
  /// Until when no blob is removed, because what is damaged may have named it; `nil` when all are well.
  package var heldUntil: Int64?

  package init() {}

  mutating func hold(until time: Int64, now: Int64) {
    if now < time { heldUntil = max(heldUntil ?? .min, time) }
  }

  package var bytes: Int64 { blobs.reduce(0) { $0 + $1.size } }
  package var isEmpty: Bool {
    states == 0 && snapshots.isEmpty && damagedSnapshots.isEmpty && blobs.isEmpty && leftovers.isEmpty
  }

  /// What is freed in all.
  package var freed: Int64 { bytes + leftovers.reduce(0) { $0 + $1.size } }

  /// Whether more than so much of the store would go. By bytes: the documents that collect every hour are many, and
  /// weigh nothing beside the images.
  package func removesMore(thanPercent limit: Int) -> Bool {
    let (part, whole) = (Double(bytes), Double(bytes + keptBytes))
    return part * 100 > whole * Double(limit)
  }

  /// Shares the blobs out between what stays and what goes.
  mutating func sort(_ all: [Blob], live: LiveSet, going: LiveSet) {
    for var blob in all {
      blob.isNamed = going.blobs.contains(blob.digest)
      if live.blobs.contains(blob.digest) || heldUntil != nil {
        keptBlobs += 1
        keptBytes += blob.size
      } else {
        blobs.append(blob)
      }
    }
  }

  /// Leaves blobs that nothing ever named and that a sync will go on with, as with partial downloads.
  mutating func keepUnfinished(where goesOn: (SHA256Digest) throws(StorageError) -> Bool) throws(StorageError) {
    var rest: [Blob] = []
    for blob in blobs {
      let stays = blob.isNamed ? false : try goesOn(blob.digest)
      if stays { unfinished.append(blob) } else { rest.append(blob) }
    }
    blobs = rest
    keptBlobs += unfinished.count
    keptBytes += unfinished.reduce(0) { $0 + $1.size }
  }
}
