import Simplestreams
import Storage

/// Reads what is published from the store.
struct TreeLoader: Sendable {
  struct Result: Sendable {
    var loaded: [LoadedPublication] = []
    var troubles: [String] = []
    /// Publications of which nothing was ever read: nobody knows what they have.
    var unread: [PublicationPath] = []
    /// Of these, those that there should be, and of which there is nothing.
    var absent: [PublicationPath] = []
  }

  let publications: PublicationStore
  let blobs: any BlobStore
  /// Seconds.
  var grace: Int64
  /// Publications that there should be, and that were not seen yet.
  var expected: Set<PublicationPath> = []
  var upstreamKeyrings: [PublicationPath: String] = [:]

  /// A publication that cannot be read stays as `previous` had it: one damaged record takes nothing away that can
  /// still be served, its own tree least of all.
  func load(after previous: [LoadedPublication], now: Int64) throws(StorageError) -> Result {
    var known: [SHA256Digest: PublishedTree] = [:]
    for publication in previous {
      known[publication.state.tree] = publication.tree
      for replaced in publication.replaced { known[replaced.digest] = replaced.tree }
    }
    var result = Result()
    let paths = try publications.paths()
    // Of these nobody has said that they ended.
    result.absent = expected.subtracting(paths).sorted()
    result.unread = result.absent
    for path in paths {
      do throws(StorageError) {
        guard let record = try publications.record(path) else { continue }
        var loaded = try load(record, known: known, now: now, troubles: &result.troubles)
        if let old = previous.first(where: { $0.tree.path == path }) {
          loaded.keepOrphans(of: old, grace: grace, now: now)
        }
        result.loaded.append(loaded)
      } catch {
        result.troubles.append("/\(path): \(error)")
        if let old = previous.first(where: { $0.tree.path == path }) {
          result.loaded.append(old)
        } else {
          result.unread.append(path)
        }
      }
    }
    return result
  }

  private func load(
    _ record: PublicationRecord, known: [SHA256Digest: PublishedTree], now: Int64, troubles: inout [String]
  ) throws(StorageError) -> LoadedPublication {
    let state = record.current
    var publication = LoadedPublication(
      state: state, tree: try tree(state.tree, known), upstreamKeyring: upstreamKeyrings[record.path])
    if let digest = publication.tree.keyring {
      if let size = try blobs.size(of: digest) {
        publication.keyring = .init(
          digest: digest, size: size, modified: state.publishedAt, isDocument: true, type: MediaType.keyring)
      } else {
        // Regions that know the key need no keyring.
        troubles.append("/\(record.path): its keyring: \(StorageError.missingBlob(digest))")
      }
    }
    for state in record.withinGrace(grace, at: now) {
      do throws(StorageError) {
        // A tree whose record was cleaned away has nothing left to serve.
        if known[state.tree] == nil, try blobs.size(of: state.tree) == nil { continue }
        let tree = try tree(state.tree, known)
        publication.replaced.append(.init(digest: state.tree, tree: tree, until: (state.replacedAt ?? now) + grace))
      } catch {
        troubles.append("/\(record.path), replaced state \(state.number): \(error)")
      }
    }
    return publication
  }

  /// A tree never changes under its name, so one that was read before is not read again.
  private func tree(_ digest: SHA256Digest, _ known: [SHA256Digest: PublishedTree]) throws(StorageError)
    -> PublishedTree
  {
    if let tree = known[digest] { return tree }
    return try publications.tree(digest)
  }
}
