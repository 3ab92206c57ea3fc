package import Simplestreams
import Storage
import Trust

/// What breaks every region that reads upstream's documents as they are. They cannot be cut to what is selected, and MAAS 3.8
/// takes all of them or none: one bad version of a product that nobody wants costs it the source. Pure.
package enum UpstreamGate {
  /// - Parameter documents: what upstream lists, with the paths that each document is served under.
  static func faults(in documents: [(document: UpstreamDocument, forms: [TreePath])]) throws -> [Gate.Violation] {
    let served = Set(documents.flatMap(\.forms).map(\.string))
    var found: [Gate.Violation] = []
    if !served.contains("streams/v1/index.sjson") {
      found.append(
        .init(
          contentID: "index",
          rule: "there is no streams/v1/index.sjson that is signed, and regions ask for nothing else"))
    }
    for (document, _) in documents {
      switch document.content {
      case .index(let index): found += Gate.check(index) + absent(from: index, at: document.path, served)
      case .products(let file): found += try faults(in: document, file)
      }
    }
    // An index and its products files can lack the same.
    var told: Set<Gate.Violation> = []
    return found.filter { told.insert($0).inserted }
  }

  /// What an index lists has to be there. Regions read `index.sjson`, where what `index.json` lists ends in `.sjson`.
  private static func absent(from index: StreamIndex, at path: TreePath, _ served: Set<String>) -> [Gate.Violation] {
    let isPlain = path.string.hasSuffix(".json")
    return index.entries.compactMap { entry in
      let listed = entry.path.string
      let wanted = isPlain && listed.hasSuffix(".json") ? "\(listed.dropLast("json".count))sjson" : listed
      if served.contains(wanted) { return nil }
      return .init(contentID: entry.contentID.string, rule: "the index lists \(wanted), which is not there")
    }
  }

  private static func faults(in document: UpstreamDocument, _ file: ProductsFile) throws -> [Gate.Violation] {
    let bytes = try document.signedBytes()
    do throws(DocumentError) {
      let written = try ProductsFile(asWritten: bytes)
      return Gate.check(written).filter { !$0.isPassedOver } + Gate.capitals(in: written)
    } catch {
      return [.init(contentID: file.contentID.string, rule: error.description)]
    }
  }
}

extension UpstreamGate {
  /// Of a snapshot, which knows the forms that were verified.
  static func faults(in snapshot: Snapshot, reader: SnapshotReader) throws -> [Gate.Violation] {
    try faults(in: snapshot.documents.map { (try reader.content(of: $0), $0.received.map(\.path)) })
  }

  /// Of upstream as it was just read.
  package static func faults(in upstream: Upstream) throws -> [Gate.Violation] {
    try faults(in: upstream.documents.map { ($0, $0.received.map(\.path)) })
  }
}
