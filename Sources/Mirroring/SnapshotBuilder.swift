import Simplestreams
import Storage

extension Snapshot {
  /// Whether the same versions are missing, for whatever reasons: a server fails in one way now and in another then.
  func lacks(whatLacked previous: Snapshot) -> Bool {
    missing.map { [$0.product, $0.version] } == previous.missing.map { [$0.product, $0.version] }
  }
}

/// From what was planned and what was had to a snapshot: whole versions only, and one file for each path.
struct SnapshotBuilder {
  private let source: Source
  private let documents: [Snapshot.Document]
  private let plan: Plan
  private let failures: [FileContent: FetchFailure]
  private let blobs: any BlobStore
  private let previous: Snapshot?
  private let offered: [ProductKey: (product: Product, file: ProductsFile)]
  private var carried: CarriedVersions
  private var paths = PathClaims()
  private var missing: [Snapshot.Missing]

  init(
    source: Source, upstream: Upstream, documents: [Snapshot.Document], plan: Plan,
    failures: [FileContent: FetchFailure], blobs: any BlobStore, after previous: Snapshot?
  ) {
    self.source = source
    self.documents = documents
    self.plan = plan
    self.failures = failures
    self.blobs = blobs
    self.previous = previous
    offered = Dictionary(
      upstream.products.flatMap { file in file.products.map { (ProductKey(file.contentID, $0.name), ($0, file)) } }
    ) { first, _ in first }
    carried = CarriedVersions(previous, blobs: blobs)
    missing = plan.missing
  }

  /// What becomes of a product.
  private struct Choice {
    var key: ProductKey
    var product: Product
    /// Those of its versions whose files are all here.
    var whole: [Version] = []
    /// How many more are wanted.
    var lacking: Int
    /// Those that cannot be taken as they are listed.
    var failed: Set<String> = []
    var fallback: [Snapshot.Item] = []
  }

  mutating func build(created: Int64, floors: RollbackFloors) throws -> Snapshot {
    var choices = plan.selected.flatMap { file in
      file.products.map { choice(of: $0, in: file.contentID) }
    }
    // What is served keeps its paths: first what stays as it is, then what must stand in for a version that failed.
    let held = HeldVersions(previous)
    for choice in choices {
      for version in choice.whole where held.hold(version, of: choice.key) {
        _ = paths.take(version.listedFiles)
      }
    }
    for position in choices.indices where choices[position].lacking > 0 { try fallBack(&choices[position]) }
    // What is taken goes to its place at once: there are as many of these as files.
    var items: [Snapshot.Item] = []
    items.reserveCapacity(plan.selected.lazy.flatMap(\.products).flatMap(\.versions).reduce(0) { $0 + $1.items.count })
    for position in choices.indices {
      try take(&choices[position], into: &items)
      items += choices[position].fallback
    }
    return Snapshot(
      source: source.name, sequence: (previous?.sequence ?? 0) + 1, created: created, documents: documents,
      items: items, missing: missing, carried: carried.usedDocuments,
      unfit: plan.unfit.isEmpty ? nil : plan.unfit, floors: floors.times)
  }

  private mutating func choice(of product: Product, in file: ContentID) -> Choice {
    var choice = Choice(
      key: ProductKey(file, product.name), product: product,
      lacking: plan.shortfall(of: product, keep: source.selection.keep))
    for version in product.versions {
      if let reason = failure(of: version) {
        leaveOut(version, reason, &choice)
      } else {
        choice.whole.append(version)
      }
    }
    return choice
  }

  private mutating func leaveOut(_ version: Version, _ reason: String, _ choice: inout Choice) {
    missing.append(.init(product: choice.product.name, version: version.name, reason: reason))
    choice.failed.insert(version.name)
    choice.lacking += 1
  }

  private func failure(of version: Version) -> String? {
    for item in version.files {
      guard let content = item.content, let reason = failures[content]?.reason else { continue }
      return "item \(item.name): \(reason)"
    }
    return nil
  }

  private mutating func take(_ choice: inout Choice, into items: inout [Snapshot.Item]) throws {
    for version in choice.whole {
      if let path = paths.take(version.listedFiles) {
        leaveOut(version, "\(path) is another file in a version that is kept", &choice)
      } else {
        items += self.items(of: version, choice.key)
      }
    }
    if choice.lacking > 0 { try fallBack(&choice) }
  }

  /// Where a new version could not be had, older ones that the store has whole stay: those of the last snapshot that
  /// upstream replaced or spoiled since, then those that it still lists.
  private mutating func fallBack(_ choice: inout Choice) throws {
    let listed = offered[choice.key]
    // All that could be taken, and so neither what upstream withdrew nor what it lists wrongly.
    let usable =
      listed.flatMap {
        VersionChoice(of: $0.product, in: $0.file, keep: .max, rewritten: plan.rewritten).product?.versions
      } ?? []
    let sound = Set(usable.map(\.name)).subtracting(choice.failed)
    let had = Set(choice.fallback.map(\.version))
    for version in try carried.take(choice.lacking, of: choice.key, except: sound.union(had), paths: &paths) {
      choice.fallback += version
      choice.lacking -= 1
    }
    let oldest = choice.product.versions.first?.name
    let older = usable.filter { version in
      oldest.map { version.name.utf8.lexicographicallyPrecedes($0.utf8) } ?? false
    }
    for version in older.reversed() where choice.lacking > 0 && !had.contains(version.name) {
      let isWhole = try version.listedFiles.allSatisfy { file in
        try blobs.size(of: file.content.sha256) == file.content.size
      }
      guard isWhole, paths.take(version.listedFiles) == nil else { continue }
      choice.fallback += items(of: version, choice.key)
      choice.lacking -= 1
    }
  }

  private func items(of version: Version, _ key: ProductKey) -> [Snapshot.Item] {
    version.files.compactMap { item in
      guard let file = item.listedFile else { return nil }
      return Snapshot.Item(
        contentID: key.file.string, product: key.product, version: version.name, item: item.name, path: file.path,
        sha256: file.content.sha256, size: file.content.size)
    }
  }
}
