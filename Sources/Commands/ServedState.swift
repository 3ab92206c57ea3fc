import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage

/// What a publication serves, as `status` shows it.
struct ServedState {
  let path: String
  private let isConfigured: Bool
  private let record: PublicationRecord?
  private let tree: PublishedTree?
  /// Why what is published cannot be told.
  private let trouble: String?

  /// Those of mirror.conf first, then those that are published and were taken out of it.
  static func all(_ settings: MirrorSettings, in folder: DataFolder) throws -> [ServedState] {
    let publications = PublicationStore(folder, blobs: FileBlobStore(folder))
    let configured = settings.publications.compactMap { PublicationPath($0.path) }
    let others = try publications.paths().filter { !configured.contains($0) }
    return configured.map { ServedState($0, isConfigured: true, publications) }
      + others.map { ServedState($0, isConfigured: false, publications) }
  }

  private init(_ path: PublicationPath, isConfigured: Bool, _ publications: PublicationStore) {
    self.path = path.string
    self.isConfigured = isConfigured
    let read = Result { () throws(StorageError) in
      try publications.record(path).map { record throws(StorageError) in
        (record, try publications.tree(record.current.tree))
      }
    }
    switch read {
    case .success(let found): (record, tree, trouble) = (found?.0, found?.1, nil)
    case .failure(let error): (record, tree, trouble) = (nil, nil, "\(error)")
    }
  }

  private var snapshots: String {
    (tree?.sources ?? []).map { "\($0.source) \($0.snapshot.short)" }.joined(separator: ", ")
  }

  private var bytes: Int64 { (tree?.items ?? []).reduce(0) { $0 + $1.size } }

  var row: [String] {
    if let trouble { return ["/\(path)/", "-", "", "", "", "DAMAGED: \(trouble)"] }
    guard let record, let tree else { return ["/\(path)/", "-", "never", "0", "", "not published"] }
    let since = Timestamp(seconds: record.current.publishedAt).iso
    let note = isConfigured ? "" : "; not in mirror.conf: “maas-mirror publish --remove \(path)” ends it"
    return [
      "/\(path)/", "\(record.current.number)", since, "\(tree.items.count)", Bytes.text(bytes), snapshots + note,
    ]
  }

  var json: JSONValue {
    var object: JSONObject = [
      "path": .string(path), "number": .null, "since": .null, "configured": .bool(isConfigured),
      "trouble": .text(trouble),
    ]
    guard let record, let tree else { return .object(object) }
    var snapshots = JSONObject()
    for origin in tree.sources { snapshots[origin.source] = .string(origin.snapshot.description) }
    object["number"] = .count(record.current.number)
    object["since"] = .time(record.current.publishedAt)
    object["signed"] = .string(tree.signed.rawValue)
    object["key"] = .text(tree.key)
    object["files"] = .count(tree.items.count)
    object["bytes"] = .number(bytes)
    object["snapshots"] = .object(snapshots)
    return .object(object)
  }
}
