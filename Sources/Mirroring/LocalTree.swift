import Simplestreams
import Storage

/// Stages a tree that is filtered, flattened and signed here.
struct LocalTree {
  let staging: Staging
  /// What the snapshots hold, in their order.
  private var held: [[ProductsFile]]

  init(staging: Staging, held: consuming [[ProductsFile]]) {
    self.staging = staging
    self.held = held
  }

  private var store: MirrorStore { staging.store }
  private var snapshots: [(source: String, id: SnapshotID, snapshot: Snapshot)] { staging.snapshots }

  mutating func stage() throws -> StagedTree {
    guard let signer = staging.publisher.signer else { throw MirrorError.noSigningKey(publication: staging.name) }
    let (time, previous) = (staging.time, staging.previous)
    let (composition, leftOut) = try compose()
    let isUsable = previous?.signed == .local && previous?.key == signer.fingerprint && !staging.clock.goesBack
    let reusable = isUsable ? previous : nil
    var documents = TreeDocuments(store: store, signer: signer, previous: reusable, time: time)
    var entries: [StreamIndex.Entry] = []
    for var file in composition.files {
      file.updated = Timestamp(seconds: time)
      try refuse(Gate.check(file) + Gate.check(file, against: composition.items))
      entries.append(try documents.add(file))
    }
    let index = StreamIndex(updated: Timestamp(seconds: time), entries: entries)
    try refuse(Gate.check(index) + leftOut.filter { _ in entries.isEmpty })
    try documents.add(index)
    let keyring = try store.blobs.insert(try signer.keyring())
    let report = report(composition, leftOut)
    // What the documents say is the most that is in memory, and all is said: the list of a tree is made without it.
    let listed = (consume composition).items
    let tree = PublishedTree(
      path: staging.publisher.publication.path, signed: .local, key: signer.fingerprint, keyring: keyring,
      sources: snapshots.map { .init(source: $0.source, snapshot: $0.id) },
      documents: documents.files + (try upstreamDocuments()), items: items(listed),
      contents: documents.contents)
    return StagedTree(tree: tree, time: time, report: report)
  }

  private mutating func compose() throws -> (Composition, leftOut: [Gate.Violation]) {
    let (sources, lost) = try present()
    let isWhole = lost.isEmpty && snapshots.allSatisfy { $0.snapshot.missing.isEmpty && $0.snapshot.unfit == nil }
    let composition = Composition(sources, promised: staging.promised)
    if isWhole, composition.leftOut.isEmpty { return (composition, []) }
    var advance = Advance(
      from: try ServedProducts(staging.previous, blobs: store.blobs), to: sources, snapshots.map(\.snapshot),
      composition, lost: lost)
    advance.holdUp()
    if let lost = advance.tooManyLost { throw MirrorError.servedLost(publication: staging.name, lost) }
    return (advance.composition, advance.leftOut)
  }

  /// What the snapshots hold. Where a sync could not bring everything of a source, its files that are lost here cannot be had for
  /// now: what lists them is left out, so that the others need not wait.
  private mutating func present() throws -> (sources: [(name: String, files: [ProductsFile])], lost: [Gate.Violation]) {
    var lost: [Gate.Violation] = []
    defer { held = [] }
    let sources = try zip(snapshots, held).map { snapshot, held in
      var files = held
      if staging.publisher.incomplete.contains(snapshot.source) {
        for position in files.indices { lost += try files[position].removeLost(from: store.blobs) }
      }
      return (name: snapshot.source, files: files)
    }
    return (sources, lost)
  }

  private func refuse(_ violations: [Gate.Violation]) throws {
    if !violations.isEmpty { throw MirrorError.refused(publication: staging.name, violations) }
  }

  private func items(_ listed: [TreePath: FileContent]) -> [PublishedTree.File] {
    listed.sorted { $0.key < $1.key }.map { staging.file($0, $1.sha256, $1.size) }
  }

  /// Invariant 5: upstream's signed bytes beside ours. With several sources each has its own folder, and so has what an
  /// earlier state of upstream listed.
  private func upstreamDocuments() throws -> [PublishedTree.File] {
    var files: [PublishedTree.File] = []
    func add(_ document: Snapshot.Document, to folder: String) throws {
      for received in document.received {
        let path = try TreePath(document: "\(folder)/\(received.path)")
        files.append(staging.file(path, received.sha256, received.size))
      }
    }
    for (source, _, snapshot) in snapshots {
      let folder = snapshots.count == 1 ? "upstream" : "upstream/\(source)"
      for document in snapshot.documents { try add(document, to: folder) }
      for document in snapshot.carried ?? [] {
        try add(document, to: "\(folder)/earlier/\(document.payload.hex.prefix(12))")
      }
    }
    return files
  }

  private func report(_ composition: Composition, _ leftOut: [Gate.Violation]) -> PublishReport {
    PublishReport(
      path: staging.publisher.publication.path, isUnchanged: false, number: 0,
      products: composition.files.reduce(0) { $0 + $1.products.count }, files: composition.items.count,
      bytes: composition.items.values.reduce(0) { $0 + $1.size }, leftOut: leftOut, unavailable: [],
      notes: composition.notes + staging.notes(composition.files))
  }
}
