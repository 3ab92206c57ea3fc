import NIOCore
import Simplestreams
import Storage
import Synchronization

/// Whether a region would get the documents that are published: each is read through and held against its name, as a disk
/// that fails opens files that it cannot read. Once a second at most, however often somebody asks.
final class Readiness: Sendable {
  private struct Found {
    var view: ObjectIdentifier
    var until: NIODeadline
    var reasons: [String]
  }

  private let blobs: any BlobStore
  private let last = Mutex<Found?>(nil)

  init(blobs: any BlobStore) { self.blobs = blobs }

  /// Blocks on the disk. Empty when there is no reason.
  func reasons(_ view: TreeView, at now: NIODeadline = .now()) -> [String] {
    let id = ObjectIdentifier(view)
    if let found = last.withLock({ $0 }), found.view == id, now < found.until { return found.reasons }
    let reasons = read(view)
    last.withLock { $0 = Found(view: id, until: now + .seconds(1), reasons: reasons) }
    return reasons
  }

  private func read(_ view: TreeView) -> [String] {
    if view.publications.isEmpty {
      return view.troubles.isEmpty ? ["nothing is published yet; run maas-mirror sync --publish"] : view.troubles
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

  private func check(_ digest: SHA256Digest, _ size: Int64) throws(StorageError) {
    guard let found = try blobs.size(of: digest) else { throw .missingBlob(digest) }
    guard found == size else { throw .wrongSize(digest, expected: size, found: found) }
    try blobs.check(digest)
  }
}
