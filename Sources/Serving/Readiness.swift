import NIOCore
import Simplestreams
import Storage
import Synchronization

/// Whether a region would get what is published. Documents are read through and held against their names, as a disk that fails
/// opens files that it cannot read: once a second at most, however often somebody asks. Items are too large for that: once a
/// minute it is looked whether all are there, and each time whether what was found bad in a request still is.
final class Readiness: Sendable {
  private struct Found {
    var view: ObjectIdentifier
    var until: NIODeadline
    var reasons: [String]
  }

  private struct Items {
    var view: ObjectIdentifier
    /// When all are looked for again.
    var until: NIODeadline
    var bad: Set<SHA256Digest> = []
  }

  /// Of items, so many are named.
  private static let namesLimit = 20

  private let blobs: any BlobStore
  private let suspects: @Sendable () -> Set<SHA256Digest>
  private let open: @Sendable (SHA256Digest, Int64) throws -> Void
  private let last = Mutex<Found?>(nil)
  private let items = Mutex<Items?>(nil)

  /// - Parameters:
  ///   - suspects: what could not be sent when it was asked for.
  ///   - open: fails for a blob that would not be sent.
  init(
    blobs: any BlobStore, suspects: @escaping @Sendable () -> Set<SHA256Digest> = { [] },
    open: @escaping @Sendable (SHA256Digest, Int64) throws -> Void = { _, _ in }
  ) {
    self.blobs = blobs
    self.suspects = suspects
    self.open = open
  }

  /// Blocks on the disk. Empty when there is no reason.
  func reasons(_ view: TreeView, at now: NIODeadline = .now()) -> [String] {
    let id = ObjectIdentifier(view)
    if let found = last.withLock({ $0 }), found.view == id, now < found.until { return found.reasons }
    let reasons = read(view) + missing(view, at: now)
    last.withLock { $0 = Found(view: id, until: now + .seconds(1), reasons: reasons) }
    return reasons
  }

  private func read(_ view: TreeView) -> [String] {
    if view.publications.isEmpty {
      return view.troubles.isEmpty
        ? ["nothing is published yet; run “maas-mirror sync --publish”, or “import --publish” behind an air gap"]
        : view.troubles
    }
    let documents = view.publications.flatMap { publication in
      publication.tree.documents.compactMap { file in
        fault("\(publication.path)/\(file.path)", [(file.sha256, file.size)] + file.packed.map { ($0.sha256, $0.size) })
      }
    }
    return documents + [view.keyring.flatMap { fault("keyring.gpg", [($0.digest, $0.size)]) }].compactMap(\.self)
  }

  private func fault(_ name: String, _ forms: [(digest: SHA256Digest, size: Int64)]) -> String? {
    do throws(StorageError) {
      for form in forms { try check(form.digest, form.size) }
      return nil
    } catch {
      return "/\(name) is missing or damaged: \(error)"
    }
  }

  private func missing(_ view: TreeView, at now: NIODeadline) -> [String] {
    let id = ObjectIdentifier(view)
    let before = items.withLock { $0 }.flatMap { $0.view == id ? $0 : nil }
    let isDue = before.map { $0.until <= now } ?? true
    let suspects = suspects()
    var next = Items(view: id, until: isDue ? now + .seconds(60) : before?.until ?? now)
    var reasons: [String] = []
    for publication in view.publications {
      for item in publication.tree.items {
        let isSuspect = suspects.contains(item.sha256)
        guard isDue || isSuspect || before?.bad.contains(item.sha256) == true else { continue }
        do {
          try look(item, isSuspect: isSuspect)
        } catch {
          next.bad.insert(item.sha256)
          reasons.append("/\(publication.path)/\(item.path) is missing or damaged: \(error)")
        }
      }
    }
    items.withLock { $0 = next }
    let more = reasons.count - Self.namesLimit
    return more > 0 ? reasons.prefix(Self.namesLimit) + ["and \(more) more files"] : reasons
  }

  private func look(_ item: PublishedTree.File, isSuspect: Bool) throws {
    guard let found = try blobs.size(of: item.sha256) else { throw StorageError.missingBlob(item.sha256) }
    guard found == item.size else { throw StorageError.wrongSize(item.sha256, expected: item.size, found: found) }
    if isSuspect { try open(item.sha256, item.size) }
  }

  private func check(_ digest: SHA256Digest, _ size: Int64) throws(StorageError) {
    guard let found = try blobs.size(of: digest) else { throw .missingBlob(digest) }
    guard found == size else { throw .wrongSize(digest, expected: size, found: found) }
    try blobs.check(digest)
  }
}
