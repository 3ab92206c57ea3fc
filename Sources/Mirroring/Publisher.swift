package import Simplestreams
package import Storage

/// One `[[publication]]`, ready to use.
package struct Publication: Sendable {
  package var path: PublicationPath
  package var sources: [String]
  package var signed: PublishedTree.Signing

  package init(path: PublicationPath, sources: [String], signed: PublishedTree.Signing) {
    self.path = path
    self.sources = sources
    self.signed = signed
  }
}

/// What a publication came to.
package struct PublishReport: Sendable {
  package var path: PublicationPath
  package var isUnchanged: Bool
  package var number: Int
  package var products: Int
  package var files: Int
  package var bytes: Int64
  /// Products and versions that MAAS would reject, left out of a locally signed tree.
  package var leftOut: [Gate.Violation]
  /// Products that an upstream-signed tree lists and whose files this mirror does not have.
  package var unavailable: [String]
  package var notes: [String]
}

/// Composes, gates, signs and switches one publication. Whatever fails, the tree that is served stays.
package struct Publisher: Sendable {
  let publication: Publication
  let store: MirrorStore
  let signer: (any DocumentSigner)?
  /// Seconds for which a replaced tree's files can still be downloaded.
  let grace: Int64
  let now: Int64
  /// Sources of which the sync that has just ended could not bring everything: what is lost of them cannot be had for now.
  let incomplete: Set<String>

  package init(
    publication: Publication, store: MirrorStore, signer: (any DocumentSigner)?, grace: Int64, now: Int64,
    incomplete: Set<String> = []
  ) {
    self.publication = publication
    self.store = store
    self.signer = signer
    self.grace = grace
    self.now = now
    self.incomplete = incomplete
  }

  package func publish() throws -> PublishReport {
    let (previous, damage) = try record()
    var staged = try stage(after: previous)
    // Now that nothing is in memory any more of what the documents say.
    ProcessMemory.giveBack()
    let documents = try staged.tree.documents.map(CompressedForms(blobs: store.blobs).complete)
    let isUnchanged = staged.isUnchanged && documents == staged.tree.documents
    staged.tree.documents = documents
    var report = staged.report
    try checkBlobs(of: staged.tree)
    if isUnchanged, let previous {
      report.isUnchanged = true
      report.number = previous.current.number
      return report
    }
    if let damage {
      let name = try store.publications.keepAside(publication.path, at: now)
      report.notes.append("its record was damaged (\(damage)) and is kept as \(name); the numbers start again at 1")
    }
    var named = LiveSet()
    named.add(staged.tree)
    try store.blobs.makeDurable(named.blobs)
    report.notes += staged.overtaken
    if staged.goesBack {
      report.notes.append("what was published before is from the future by this clock, so all is signed anew")
    }
    report.number = try store.publications.publish(
      staged.tree, at: staged.time, goingBack: staged.goesBack, overDamage: damage != nil
    ).current.number
    return report
  }

  private func stage(after previous: PublicationRecord?) throws -> StagedTree {
    let reader = SnapshotReader(blobs: store.blobs)
    var snapshots = try publication.sources.map { source in
      guard let latest = try store.latest(of: source) else { throw MirrorError.noSnapshot(source: source) }
      return (source: source, id: latest.id, snapshot: latest.snapshot)
    }
    var held: [[ProductsFile]] = []
    if publication.signed == .local {
      // First of all: for this the documents are in memory, and the trees are not yet. From here on it says what is held.
      for position in snapshots.indices {
        held.append(try reader.products(of: snapshots[position].snapshot))
        snapshots[position].snapshot.items = []
      }
    }
    let tree = try previous.flatMap { try readable($0.current.tree) }
    let promised = try promises(previous, tree)
    let staging = Staging(self, snapshots: snapshots, record: previous, previous: tree, promised: promised)
    var staged: StagedTree
    switch publication.signed {
    case .local:
      var local = LocalTree(staging: staging, held: consume held)
      staged = try local.stage()
    case .upstream: staged = try UpstreamTree(staging: staging).stage()
    }
    staged.goesBack = staging.clock.goesBack
    staged.isUnchanged = staged.tree == tree
    staged.overtaken = overtaken(by: staged.tree, promised)
    return staged
  }

  /// What is published now. A record that is damaged, as its copy is, must not keep a sound one from being published.
  private func record() throws -> (PublicationRecord?, damage: String?) {
    do throws(StorageError) {
      return (try store.publications.record(publication.path), nil)
    } catch .malformed(_, let reason) {
      return (nil, reason)
    }
  }

  /// A tree of the record, if it can be read. One that is lost or damaged is replaced like one that never was.
  private func readable(_ tree: SHA256Digest) throws -> PublishedTree? {
    do throws(StorageError) {
      return try store.publications.tree(tree)
    } catch {
      if error.isDamage { return nil }
      throw error
    }
  }

  /// What regions may still fetch.
  private func promises(_ record: PublicationRecord?, _ current: PublishedTree?) throws -> PromisedPaths {
    var listed = Set(current.map { Array($0.listedFiles) } ?? [])
    // One after the other: there may be one for each hour of the grace period, and they hardly differ.
    for state in record?.withinGrace(grace, at: now) ?? [] {
      if let tree = try readable(state.tree) { listed.formUnion(tree.listedFiles) }
    }
    return try PromisedPaths(listed) { content in
      try store.blobs.size(of: content.sha256) == content.size
    }
  }

  /// Upstream's own documents cannot be cut. Where another source gives a path to another file, that is told.
  private func overtaken(by tree: PublishedTree, _ promised: PromisedPaths) -> [String] {
    let taken = tree.items.filter { !promised.keeps($0.path, as: $0.sha256) }.map(\.path)
    return taken.prefix(20).map {
      "\($0) is another file from now on; a region that read the documents of before gets this one"
    }
      + (taken.count > 20 ? ["and so are \(taken.count - 20) paths more"] : [])
  }

  /// Invariant 1, last look: every path of the tree is in the store, whole.
  private func checkBlobs(of tree: PublishedTree) throws {
    var gone: [String] = []
    for file in tree.items + tree.documents where try store.blobs.size(of: file.sha256) != file.size {
      gone.append("\(file.path): blob \(file.sha256)")
    }
    for file in tree.documents {
      for packed in file.packed where try store.blobs.size(of: packed.sha256) != packed.size {
        gone.append("\(file.path), compressed: blob \(packed.sha256)")
      }
    }
    if !gone.isEmpty { throw MirrorError.blobsGone(publication: publication.path.string, gone) }
  }
}

/// A tree that is ready to be switched to.
struct StagedTree {
  var tree: PublishedTree
  var time: Int64
  var report: PublishReport
  /// Whether the time is before that of what is served.
  var goesBack = false
  /// Whether it is what is served.
  var isUnchanged = false
  /// What an operator is to know of paths that regions may still fetch.
  var overtaken: [String] = []
}
