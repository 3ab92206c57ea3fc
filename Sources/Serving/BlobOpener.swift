import Simplestreams
import Storage

/// How a response gets at a blob's bytes: the one place between a decision and a descriptor.
struct BlobOpener: Sendable {
  let blobs: any BlobStore

  /// - Parameter size: what the published tree says. A file of any other size is damaged, and none of it is sent.
  func open(_ digest: SHA256Digest, size: Int64) throws(StorageError) -> OpenFile {
    let file = try blobs.open(digest)
    let found = try file.size()
    guard found == size else { throw .wrongSize(digest, expected: size, found: found) }
    return file
  }

  /// Why a region would not get what is published; empty when it would.
  func unready(_ view: TreeView) -> [String] {
    if view.publications.isEmpty { return ["nothing is published yet; run maas-mirror sync --publish"] + view.troubles }
    return view.publications.flatMap { publication in
      publication.tree.documents.compactMap { file in
        do throws(StorageError) {
          _ = try open(file.sha256, size: file.size)
          if let packed = file.zstd { _ = try open(packed.sha256, size: packed.size) }
          return nil
        } catch {
          return "/\(publication.path)/\(file.path) is missing: \(error)"
        }
      }
    }
  }
}
