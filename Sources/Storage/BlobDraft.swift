package import Simplestreams

/// Bytes that are made piece by piece and become a blob at the end: only then is it known how it is called.
///
/// - What goes wrong MUST come out of `keep`; after it pieces are taken and forgotten.
/// - Without `keep` nothing MUST be left.
package protocol BlobDraft: AnyObject {
  /// How many bytes it has so far.
  var size: Int64 { get }
  func append(_ bytes: UnsafeRawBufferPointer)
  /// To be called once.
  func keep() throws(StorageError) -> SHA256Digest
}

extension BlobDraft {
  package func append(_ bytes: [UInt8]) { bytes.withUnsafeBytes { append($0) } }
}

final class FileBlobDraft: BlobDraft {
  private let store: FileBlobStore
  private let staged: StagedFile

  init(_ store: FileBlobStore) {
    self.store = store
    staged = StagedFile(in: store.folder)
  }

  var size: Int64 { staged.size }
  func append(_ bytes: UnsafeRawBufferPointer) { staged.append(bytes) }

  func keep() throws(StorageError) -> SHA256Digest {
    let digest = try staged.finish()
    if try store.isWhole(digest, size: size) { return digest }
    try store.folder.makePlace(for: digest)
    try staged.move(to: store.folder.blob(digest))
    return digest
  }
}
