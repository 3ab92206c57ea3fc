import Compression
import Simplestreams
import Storage

/// Compresses documents once, at publish time, so that no request waits for it.
struct CompressedForms {
  let blobs: any BlobStore

  /// Below this a second form saves no packet that matters.
  private static let least = 4096

  /// The document with its compressed forms: those that it has and that are there are kept, the others are made. So a
  /// tree of an older version gets them, and a lost one comes back, without a new signature.
  func complete(_ file: PublishedTree.File) throws -> PublishedTree.File {
    guard file.size > Self.least else { return file }
    var file = file
    let bytes = try lacks(file.zstd) || lacks(file.gzip) ? blobs.read(file.sha256, limit: Int(file.size)) : []
    if try lacks(file.zstd) { file.zstd = try keep(try Zstandard.compress(bytes), of: file.size) }
    if try lacks(file.gzip) { file.gzip = try keep(try Gzip.compress(bytes), of: file.size) }
    return file
  }

  private func lacks(_ form: PublishedTree.Packed?) throws -> Bool {
    guard let form else { return true }
    return try blobs.size(of: form.sha256) != form.size
  }

  private func keep(_ packed: [UInt8], of size: Int64) throws -> PublishedTree.Packed? {
    guard Int64(packed.count) < size * 9 / 10 else { return nil }
    return .init(sha256: try blobs.insert(packed), size: Int64(packed.count))
  }
}
