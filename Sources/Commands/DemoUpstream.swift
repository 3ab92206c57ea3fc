import Catalog
import Mirroring
import OrderedCollections
import Seeds
import Simplestreams
import Storage
import Trust

/// The demo's upstream: the catalogue of the seeds, with small made-up contents, signed by a key of its own.
///
/// It is a mirror's data folder like any other, so the demo's mirror has a maas-mirror as its source.
struct DemoUpstream {
  static let publication = "ephemeral-v3/stable"
  let folder: DataFolder

  /// Makes the contents, signs and publishes them; returns the binary public keyring.
  func make(now: Int64) throws -> [UInt8] {
    try folder.create()
    let store = try MirrorStore(writing: folder, now: now)
    let home = try SigningHome(path: folder.keys)
    let key = try home.create(.ed25519, userID: "maas-mirror demo upstream")
    let signer = LocalSigner(home: home, key: key.fingerprint, trusted: [key.fingerprint])
    let snapshot = try snapshot(in: store, now: now)
    try store.catalog.add(SnapshotRow(try store.snapshots.save(snapshot), snapshot))
    guard let path = PublicationPath(Self.publication) else { preconditionFailure("the demo's path is a constant") }
    _ = try Publisher(
      publication: Publication(path: path, sources: ["catalogue"], signed: .local), store: store, signer: signer,
      grace: 0, now: now
    ).publish()
    return try signer.keyring()
  }

  private func snapshot(in store: MirrorStore, now: Int64) throws -> Snapshot {
    guard case .array(let files) = try JSONReader.read(Seeds.demoCatalogue) else {
      throw DocumentError("demo catalogue", "not a list")
    }
    var documents: [Snapshot.Document] = []
    var items: [Snapshot.Item] = []
    for file in files {
      let filled = try fill(file, in: store, now: now)
      let payload = JSONWriter.write(filled)
      let products = try ProductsFile(payload)
      let digest = try store.blobs.insert(payload)
      documents.append(
        .init(
          role: .products, contentID: products.contentID.string,
          received: [
            .init(
              path: try TreePath(document: "streams/v1/\(products.contentID).json"), sha256: digest,
              size: Int64(payload.count))
          ], payload: digest, signedBy: nil, signedAt: nil))
      items += Self.items(of: products)
    }
    return Snapshot(source: "catalogue", sequence: 1, created: now, documents: documents, items: items, missing: [])
  }

  /// Gives every item with a path its bytes, and writes their hash and size beside it.
  private func fill(_ value: JSONValue, in store: MirrorStore, now: Int64) throws -> JSONValue {
    guard case .object(var object) = value else { return value }
    for (key, member) in object { object[key] = try fill(member, in: store, now: now) }
    if object["content_id"] != nil { object["updated"] = .string(Timestamp(seconds: now).mail) }
    if let path = object["path"]?.string {
      let bytes = Self.contents(of: path)
      object["sha256"] = .string(try store.blobs.insert(bytes).hex)
      object["size"] = .number(Int64(bytes.count))
    }
    return .object(object)
  }

  /// Tens of kilobytes that say what they stand for: the same for the same path, in every demo.
  private static func contents(of path: String) -> [UInt8] {
    let isRoot = path.hasSuffix("squashfs") || path.hasSuffix("tgz")
    let size = path.hasSuffix(".manifest") ? 2_000 : isRoot ? 300_000 : 60_000
    let line = Array("maas-mirror demo contents of \(path)\n".utf8)
    var bytes: [UInt8] = []
    while bytes.count < size { bytes += line }
    return Array(bytes.prefix(size))
  }

  private static func items(of file: ProductsFile) -> [Snapshot.Item] {
    file.products.flatMap { product in
      product.versions.flatMap { version in
        version.files.compactMap { item in
          guard let path = item.path, let digest = item.sha256, let size = item.size else { return nil }
          return Snapshot.Item(
            contentID: file.contentID.string, product: product.name, version: version.name, item: item.name,
            path: path, sha256: digest, size: size)
        }
      }
    }
  }
}
