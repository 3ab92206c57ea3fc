import Simplestreams
import Storage

/// The paths under which upstream now lists other bytes than the last snapshot has. A region that read the documents of
/// before still fetches what they say, and a path can hold one file only: so what was there stays. Pure.
struct RewrittenPaths: Sendable {
  /// What the last snapshot has there.
  private let held: [TreePath: SHA256Digest]

  /// - Parameter isHeld: whether the store has a file. Bytes that are lost are owed to nobody any more.
  init(
    _ files: [ProductsFile], since previous: Snapshot?, isHeld: (Snapshot.Item) throws -> Bool
  ) rethrows {
    let before = Dictionary((previous?.items ?? []).map { ($0.path, $0) }) { first, _ in first }
    var held: [TreePath: SHA256Digest] = [:]
    for item in files.lazy.flatMap(\.products).flatMap(\.versions).flatMap(\.files) {
      guard let path = item.path, let digest = item.sha256, let known = before[path], known.sha256 != digest,
        held[path] == nil, try isHeld(known)
      else { continue }
      held[path] = known.sha256
    }
    self.held = held
  }

  static let none = RewrittenPaths()
  private init() { held = [:] }

  /// Why a version cannot be taken as it is listed now; `nil` when it can.
  func fault(of version: Version) -> String? {
    if held.isEmpty { return nil }
    for item in version.files {
      guard let path = item.path, let before = held[path], before != item.sha256 else { continue }
      return
        "item \(item.name): upstream has put other bytes under the path \(path), which regions may still fetch as it was, "
        + "so what is here stays; tell upstream to give the new ones a version of their own"
    }
    return nil
  }
}
