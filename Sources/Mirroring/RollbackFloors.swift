import Catalog
import Simplestreams

/// The `updated` of the newest documents that were accepted: anything older is a replay of what was good once.
///
/// A document is the same one in all its forms. Otherwise whoever hides `index.sjson` could have an old, validly signed
/// `index.json` accepted in its place.
struct RollbackFloors: Sendable {
  let times: [String: Int64]

  init(_ times: [String: Int64]) { self.times = times }

  init(raising times: [String: Int64], by documents: [UpstreamDocument]) {
    self = RollbackFloors(times).raised(by: documents, resetting: false)
  }

  /// - Parameter resetting: whether a floor may come down, which an operator accepted.
  func raised(by documents: [UpstreamDocument], resetting: Bool) -> RollbackFloors {
    let times = documents.compactMap { document in
      document.updated.map { (Self.key(document), $0.seconds) }
    }
    // Where a tree has two of a name, the older one must not be a replay of the other.
    let offered = Dictionary(times, uniquingKeysWith: min)
    return RollbackFloors(self.times.merging(offered) { resetting ? $1 : max($0, $1) })
  }

  func raised(to other: [String: Int64]) -> RollbackFloors {
    RollbackFloors(times.merging(other, uniquingKeysWith: max))
  }

  /// The time that a document is too old for, if it is.
  func floor(above document: UpstreamDocument) -> Int64? {
    guard let floor = times[Self.key(document)] else { return nil }
    // One that had a time and has none any more could be of any.
    return document.updated.map { $0.seconds < floor } ?? true ? floor : nil
  }

  private static func key(_ document: UpstreamDocument) -> String {
    // Products files by what they are: a path is upstream's to change.
    if let id = document.contentID { return "products \(id)" }
    let path = document.path.string
    return "index \(path.prefix { $0 != "." })"
  }
}
