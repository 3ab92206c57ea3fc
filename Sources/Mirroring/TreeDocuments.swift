import OrderedCollections
import Simplestreams
import Storage

/// The signed documents of a tree, each in its three forms. What says the same as before keeps its signed bytes.
struct TreeDocuments {
  let store: MirrorStore
  let signer: any DocumentSigner
  let previous: PublishedTree?
  let time: Int64
  private(set) var files: [PublishedTree.File] = []
  private(set) var contents: [String: SHA256Digest] = [:]

  init(store: MirrorStore, signer: any DocumentSigner, previous: PublishedTree?, time: Int64) {
    self.store = store
    self.signer = signer
    self.previous = previous
    self.time = time
  }

  /// Adds a products file, and returns what the index says of it.
  mutating func add(_ file: ProductsFile) throws -> StreamIndex.Entry {
    let name = "streams/v1/\(file.contentID)"
    let stamp = Timestamp(seconds: time)
    var count = 0
    let content = SHA256Digest(hashingPieces: { sink in
      file.write(updated: nil) { piece in
        count += piece.count
        sink(piece)
      }
    })
    let updated = try add(name, content: content) {
      // With a time, of which no more is left than that.
      let payload = file.bytes(updated: stamp, expecting: count + 128)
      return (signed: payload, plain: payload)
    }
    return StreamIndex.Entry(
      contentID: file.contentID, path: try TreePath(document: "\(name).json"), format: ProductsFile.format,
      datatype: file.datatype, updated: Timestamp(seconds: updated),
      products: file.products.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
  }

  /// Adds the index. In `index.sjson` the paths end in `.sjson`, in `index.json` in `.json`.
  mutating func add(_ index: StreamIndex) throws {
    let content = SHA256Digest(hashing: JSONWriter.write(index.json(updated: nil)))
    var signed = index
    for position in signed.entries.indices {
      let plain = signed.entries[position].path.string
      signed.entries[position].path = try TreePath(document: String(plain.dropLast("json".count)) + "sjson")
    }
    _ = try add("streams/v1/index", content: content) {
      (
        signed: JSONWriter.write(signed.json(updated: signed.updated)),
        plain: JSONWriter.write(index.json(updated: index.updated))
      )
    }
  }

  private mutating func add(
    _ name: String, content: SHA256Digest, _ payload: () -> (signed: [UInt8], plain: [UInt8])
  ) throws -> Int64 {
    contents[name] = content
    let forms = ["\(name).sjson", "\(name).json", "\(name).json.gpg"]
    let old = (previous?.documents ?? []).filter { forms.contains($0.path.string) }
    if previous?.contents[name] == content, old.count == forms.count, try old.allSatisfy(isThere) {
      files += old
      return old[0].modified
    }
    files += try sign(payload(), as: forms)
    return time
  }

  private func sign(
    _ payload: (signed: [UInt8], plain: [UInt8]), as forms: [String]
  ) throws -> [PublishedTree.File] {
    [
      try keep(signer.clearSign(payload.signed), as: forms[0]), try keep(payload.plain, as: forms[1]),
      try keep(signer.detachSign(payload.plain), as: forms[2]),
    ]
  }

  private func keep(_ bytes: [UInt8], as path: String) throws -> PublishedTree.File {
    PublishedTree.File(
      path: try TreePath(document: path), sha256: try store.blobs.insert(bytes), size: Int64(bytes.count),
      modified: time)
  }

  private func isThere(_ file: PublishedTree.File) throws -> Bool {
    try store.blobs.size(of: file.sha256) == file.size
  }
}
