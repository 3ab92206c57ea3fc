import OrderedCollections
import Simplestreams
import Storage

/// From what is served to what the snapshots come to, where no product goes back below what is served of it. One that would
/// stays as it is; of one whose served files are lost here no more than is whole can stay; and one that cannot stay at all (its
/// paths are another source's by now) is left out. Pure.
struct Advance {
  private(set) var composition: Composition
  /// What is not as upstream has it, by name.
  private(set) var leftOut: [Gate.Violation]
  private let served: ServedProducts
  private let sources: [(name: String, files: [ProductsFile])]
  private let snapshots: [Snapshot]
  private var standIns: [String: StandIn] = [:]
  /// The version that is served of each product whose files are lost here.
  private var lost: [String: String] = [:]

  init(
    from served: ServedProducts, to sources: [(name: String, files: [ProductsFile])], _ snapshots: [Snapshot],
    _ composition: Composition, lost: [Gate.Violation]
  ) {
    self.served = served
    self.sources = sources
    self.snapshots = snapshots
    self.composition = composition
    leftOut = lost + composition.leftOut
  }

  /// Each round settles at least one product.
  mutating func holdUp() {
    while case let products = fallen, !products.isEmpty {
      for (name, version) in products { settle(name, version) }
      composition = Composition(sources, standIns: standIns, promised: composition.promised)
      leftOut += OrderedSet(composition.leftOut).subtracting(leftOut)
    }
    for (name, version) in lost.sorted(by: { $0.key < $1.key }) {
      let rest = newest(of: name).map { "goes back to version \($0)" } ?? "is left out"
      leave(
        name, "version \(version), which was served, is lost here and nothing newer could be had, so it \(rest) for now"
      )
    }
  }

  /// The products that are lost, where more are than can go on: then it is the disk that has a fault, and regions have more from
  /// what is served.
  var tooManyLost: [String]? {
    let whole = composition.files.flatMap(\.products).count { lost[$0.name] == nil }
    return lost.count > whole ? lost.keys.sorted() : nil
  }

  private var fallen: [(name: String, version: String)] {
    Downgrade(served: served.newest, snapshots, leftOut: leftOut).products(in: composition.files)
      .filter { if case .nothing? = standIns[$0.key] { false } else { lost[$0.key] == nil } }
      .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  private mutating func settle(_ name: String, _ version: String) {
    if standIns[name] != nil {
      standIns[name] = .nothing
      leave(name, "it cannot stay at version \(version), which was served, and is left out")
    } else if let standIn = served.standIn(for: name) {
      standIns[name] = standIn
      leave(name, "it would go back below version \(version), which is served, and stays as it is")
    } else {
      lost[name] = version
      // A region must not be pointed at what it cannot download; an older version is better than none.
      guard let rest = served.rest(of: name), newest(of: name).map({ $0.isBefore(rest.newest) }) ?? true else { return }
      standIns[name] = rest.standIn
    }
  }

  private func newest(of name: String) -> String? {
    composition.files.lazy.flatMap(\.products).first { $0.name == name }?.versions.last?.name
  }

  private mutating func leave(_ product: String, _ rule: String) {
    leftOut.append(.init(contentID: "", product: product, rule: rule))
  }
}

extension String {
  /// In the order that regions put versions in.
  fileprivate func isBefore(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}

extension ProductsFile {
  /// Removes the versions of which a file is lost, and names them.
  mutating func removeLost(from blobs: any BlobStore) throws -> [Gate.Violation] {
    var found: [Gate.Violation] = []
    for position in products.indices {
      let product = products[position].name
      try products[position].versions.removeAll { version in
        let gone = try version.listedFiles.first { try blobs.size(of: $0.content.sha256) != $0.content.size }
        guard let gone else { return false }
        found.append(
          .init(
            contentID: contentID.string, product: product, version: version.name,
            rule: "\(gone.path) is lost here, and the sync could not bring it"))
        return true
      }
    }
    products.removeAll(where: \.versions.isEmpty)
    return found
  }
}
