import Compression
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
    let content = SHA256Digest(hashing: JSONWriter.write(file.json(updated: nil)))
    let stamp = Timestamp(seconds: time)
    let payload = { JSONWriter.write(file.json(updated: stamp)) }
    let updated = try add(name, content: content, signed: payload, plain: payload)
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
    _ = try add(
      "streams/v1/index", content: content, signed: { JSONWriter.write(signed.json(updated: signed.updated)) },
      plain: { JSONWriter.write(index.json(updated: index.updated)) })
  }

  private mutating func add(
    _ name: String, content: SHA256Digest, signed: () -> [UInt8], plain: () -> [UInt8]
  ) throws -> Int64 {
    contents[name] = content
    let forms = ["\(name).sjson", "\(name).json", "\(name).json.gpg"]
    let old = (previous?.documents ?? []).filter { forms.contains($0.path.string) }
    if previous?.contents[name] == content, old.count == forms.count, try old.allSatisfy(isThere) {
      files += old
      return old[0].modified
    }
    let payload = plain()
    let bytes = [try signer.clearSign(signed()), payload, try signer.detachSign(payload)]
    for (form, bytes) in zip(forms, bytes) {
      files.append(
        .init(
          path: try TreePath(document: form), sha256: try store.blobs.insert(bytes), size: Int64(bytes.count),
          modified: time, zstd: try packed(bytes)))
    }
    return time
  }

  /// Compressed once, here, so that no request waits for it. Small documents are not worth a second form.
  private func packed(_ bytes: [UInt8]) throws -> PublishedTree.Packed? {
    guard bytes.count > 4096 else { return nil }
    let small = try Zstandard.compress(bytes)
    guard small.count < bytes.count * 9 / 10 else { return nil }
    return .init(sha256: try store.blobs.insert(small), size: Int64(small.count))
  }

  private func isThere(_ file: PublishedTree.File) throws -> Bool {
    guard try store.blobs.size(of: file.sha256) == file.size else { return false }
    return try file.zstd.map { try store.blobs.size(of: $0.sha256) == $0.size } ?? true
  }
}
