import Catalog
import Simplestreams
import Storage

/// The blobs that something names. Pure; whatever names blobs is added here, or its blobs are garbage.
struct LiveSet: Sendable, Equatable {
  private(set) var blobs: Set<SHA256Digest> = []

  mutating func add(_ snapshot: Snapshot) {
    for item in snapshot.items { blobs.insert(item.sha256) }
    for document in snapshot.documents + (snapshot.carried ?? []) {
      blobs.insert(document.payload)
      for file in document.received { blobs.insert(file.sha256) }
    }
  }

  /// - Parameter digest: the tree's own name; it is a blob as well.
  mutating func add(_ tree: PublishedTree, _ digest: SHA256Digest) {
    blobs.insert(digest)
    add(tree)
  }

  mutating func add(_ tree: PublishedTree) {
    if let keyring = tree.keyring { blobs.insert(keyring) }
    for file in tree.items + tree.documents {
      blobs.insert(file.sha256)
      for packed in file.packed { blobs.insert(packed.sha256) }
    }
  }

  /// The files of versions that could not be had whole: the next sync fetches no more than those of them that lack.
  mutating func add(_ missing: [Snapshot.Missing], listedIn files: [ProductsFile]) {
    let wanted = Dictionary(grouping: missing, by: \.product).mapValues { Set($0.map(\.version)) }
    for product in files.lazy.flatMap(\.products) {
      for version in product.versions where wanted[product.name]?.contains(version.name) ?? false {
        blobs.formUnion(version.files.compactMap(\.sha256))
      }
    }
  }

  /// The documents that upstream is asked about next time. They are newer than the snapshot's where only the time in
  /// them moved, and without them an unchanged upstream would be read again every hour.
  mutating func add(_ state: SourceState) {
    for document in state.documents {
      for hex in [document.payload] + document.received.map(\.sha256) {
        if let digest = SHA256Digest(hex: hex) { blobs.insert(digest) }
      }
    }
  }
}
