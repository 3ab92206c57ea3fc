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
    if try lacks(file.zstd) {
      file.zstd = try make(of: file) { blob, read, sink in try Zstandard.compress(blob.count, reading: read, to: sink) }
    }
    if try lacks(file.gzip) {
      file.gzip = try make(of: file) { _, read, sink in try Gzip.compress(reading: read, to: sink) }
    }
    return file
  }

  private func lacks(_ form: PublishedTree.Packed?) throws -> Bool {
    guard let form else { return true }
    return try blobs.size(of: form.sha256) != form.size
  }

  /// In pieces: neither the document nor what becomes of it is ever in memory as a whole.
  private func make(
    of file: PublishedTree.File,
    _ compress: (
      CheckedBlob, (UnsafeMutableRawBufferPointer) throws -> Int, (UnsafeRawBufferPointer) -> Void
    ) throws -> Void
  ) throws -> PublishedTree.Packed? {
    let (blob, draft) = (try CheckedBlob(file.sha256, in: blobs), blobs.draft())
    var position = 0
    try compress(
      blob,
      { buffer in
        let count = try blob.read(at: position, into: buffer)
        position += count
        return count
      }, draft.append)
    guard draft.size < file.size * 9 / 10 else { return nil }
    return .init(sha256: try draft.keep(), size: draft.size)
  }
}
