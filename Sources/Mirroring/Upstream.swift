import Catalog
package import Simplestreams
package import Storage
package import Transfer

/// Everything that a source's index leads to, verified, from one pass over upstream.
package struct Upstream: Sendable {
  /// The root that all of it came from.
  package var root: RemoteURL
  /// The index first, then the products files in its order; the index alone where nothing changed and no more is needed.
  package var documents: [UpstreamDocument]
  /// Upstream answered that nothing changed since the last sync.
  package var isUnchanged: Bool
  /// From when all of it is, by its own word; seconds since 1970.
  package var updated: Int64?
  /// What the operator should know: addresses that could not be used.
  package var notes: [String] = []

  /// Of a bundle, what it can hold; `nil` where all that the documents list is there to be had.
  private var offer: (exported: ExportedVersions, held: Set<VersionKey>)?

  /// What is offered.
  package var products: [ProductsFile] {
    let listed = documents.compactMap { if case .products(let file) = $0.content { file } else { nil } }
    return offer.map { $0.exported.limit(listed, besides: $0.held) } ?? listed
  }

  package init(
    root: RemoteURL, documents: [UpstreamDocument], isUnchanged: Bool, updated: Int64? = nil, notes: [String] = []
  ) {
    self.root = root
    self.documents = documents
    self.isUnchanged = isUnchanged
    self.updated = updated
    self.notes = notes
  }

  /// - Parameter previous: what is here already.
  func limited(to exported: ExportedVersions?, or previous: Snapshot?) -> Upstream {
    guard let exported else { return self }
    var limited = self
    limited.offer = (exported, Set(HeldVersions(previous).keys))
    return limited
  }
}

/// Reads upstream to look at it: verified as for a sync, and nothing is kept.
package struct UpstreamLook: Sendable {
  private let source: Source
  private let folder: DataFolder
  private let client: any HTTPClient
  private let exported: ExportedVersions?
  private let now: Int64

  /// - Parameter exported: where the source is read from a bundle, what that can hold.
  package init(
    source: Source, folder: DataFolder, client: any HTTPClient, exported: ExportedVersions? = nil, now: Int64
  ) {
    self.source = source
    self.folder = folder
    self.client = client
    self.exported = exported
    self.now = now
  }

  package func read() async throws -> Upstream {
    let store = try MirrorStore(reading: folder)
    let previous = try store?.catalog.state(of: source.name)
    // Only what is passed on byte for byte is looked at as bytes.
    let keeping: BytesKeeping = source.wantsAllForms ? .held : .none
    var upstream = try await UpstreamSearch(
      source: source, client: client, blobs: FileBlobStore(folder), keeping: keeping, previous: previous,
      acceptRollback: false, now: now
    ).read()
    if source.wantsAllForms {
      upstream.documents = try await CompanionForms(
        source: source, root: upstream.root, client: client, keeping: keeping, now: now
      ).complete(upstream.documents).documents
    }
    return upstream.limited(to: exported, or: exported == nil ? nil : try store?.latest(of: source.name)?.snapshot)
  }
}
