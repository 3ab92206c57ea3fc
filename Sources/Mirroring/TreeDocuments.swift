import OrderedCollections
import Simplestreams
import Storage
import Trust

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
    let content = SHA256Digest(hashingPieces: { file.write(updated: nil, to: $0) })
    let updated = try add(name, content: content) { blobs in
      // Never in memory as a whole: it is read back to be signed.
      let draft = blobs.draft()
      file.write(updated: stamp) { draft.append($0) }
      let plain = try draft.keep()
      return (signed: try CheckedBlob(plain, in: blobs), plain: plain)
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
    _ = try add("streams/v1/index", content: content) { blobs in
      (
        signed: JSONWriter.write(signed.json(updated: signed.updated)),
        plain: try blobs.insert(JSONWriter.write(index.json(updated: index.updated)))
      )
    }
  }

  private mutating func add(
    _ name: String, content: SHA256Digest,
    _ payload: (any BlobStore) throws -> (signed: any ByteSource, plain: SHA256Digest)
  ) throws -> Int64 {
    contents[name] = content
    let forms = ["\(name).sjson", "\(name).json", "\(name).json.gpg"]
    let old = (previous?.documents ?? []).filter { forms.contains($0.path.string) }
    if previous?.contents[name] == content, old.count == forms.count, try old.allSatisfy(isThere) {
      files += old
      return old[0].modified
    }
    let (signed, plain) = try payload(store.blobs)
    let message = store.blobs.draft()
    try signer.clearSign(signed) { message.append($0) }
    files.append(try entry(forms[0], try message.keep(), message.size))
    let bytes = try CheckedBlob(plain, in: store.blobs)
    files.append(try entry(forms[1], plain, Int64(bytes.count)))
    let signature = try signer.detachSign(bytes)
    files.append(try entry(forms[2], try store.blobs.insert(signature), Int64(signature.count)))
    return time
  }

  private func entry(_ path: String, _ sha256: SHA256Digest, _ size: Int64) throws -> PublishedTree.File {
    PublishedTree.File(path: try TreePath(document: path), sha256: sha256, size: size, modified: time)
  }

  private func isThere(_ file: PublishedTree.File) throws -> Bool {
    try store.blobs.size(of: file.sha256) == file.size
  }
}
