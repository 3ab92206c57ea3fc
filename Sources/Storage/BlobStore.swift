package import Simplestreams

/// Where blobs are kept: on a file system today, in an object store later.
///
/// The contract, which `BlobStoreContract` in the tests runs against every implementation:
/// - A blob MUST be visible only once all its bytes are there, hash to its name, and are durable.
/// - Putting a blob that is there already MUST leave it as it is and succeed.
/// - A blob MUST NOT change once it is visible.
/// - Methods MAY block on the disk: call them where blocking is allowed.
/// - Methods MUST be safe to call from several threads at once, and beside readers in other processes.
package protocol BlobStore: Sendable {
  /// The blob's size in bytes, or `nil` when it is not there.
  func size(of digest: SHA256Digest) throws(StorageError) -> Int64?

  /// Opens a blob to read; throws `.missingBlob` when it is not there.
  func open(_ digest: SHA256Digest) throws(StorageError) -> OpenFile

  /// Keeps bytes that are in memory, and returns their name. A damaged blob of that name is mended.
  @discardableResult
  func insert(_ bytes: [UInt8]) throws(StorageError) -> SHA256Digest

  /// Begins a blob whose bytes are made piece by piece.
  func draft() -> any BlobDraft

  /// Begins, or goes on with, receiving a blob of a known name and size.
  func receive(_ digest: SHA256Digest, size: Int64) throws(StorageError) -> any BlobWriter

  /// How many bytes an earlier `receive` left for the next one to go on with.
  func sizeReceived(of digest: SHA256Digest) throws(StorageError) -> Int64

  /// Calls `body` with every blob, in no order.
  func forEach(_ body: (SHA256Digest, Int64) throws(StorageError) -> Void) throws(StorageError)

  /// When a blob's last byte arrived, in seconds since 1970; `nil` when it is not there.
  func arrival(of digest: SHA256Digest) throws(StorageError) -> Int64?

  /// After this the blobs survive a power failure under their names, whoever put them there: a writer that was killed may have
  /// had no time to see to that. To be called before anything names them.
  func makeDurable(_ digests: Set<SHA256Digest>) throws(StorageError)

  /// A removal need not survive a power failure: what comes back is whole, and is removed again.
  func remove(_ digest: SHA256Digest) throws(StorageError)
}

/// A blob on its way in. Used by one thread at a time.
///
/// - `position` MUST be the number of bytes that are held and hashed.
/// - `finish` MUST check size and hash before the blob becomes visible, and MUST throw the bytes away when they differ.
/// - After `suspend` all bytes MUST be there for a later `receive` to resume. Of a writer that ends without `finish` or
///   `suspend`, as in a kill, the last bytes MAY be missing. A writer MUST NOT write to the store by itself after the call
///   that it works for has ended: another one may have gone on with its bytes.
package protocol BlobWriter: AnyObject, Sendable {
  var position: Int64 { get }
  func append(_ bytes: UnsafeRawBufferPointer) throws(StorageError)
  func restart() throws(StorageError)
  func suspend() throws(StorageError)
  func finish() throws(StorageError)
}

extension BlobStore {
  /// A small blob, whole, checked against its name: a damaged document is never parsed.
  package func read(_ digest: SHA256Digest, limit: Int) throws(StorageError) -> [UInt8] {
    let bytes = try open(digest).readAll(limit: limit)
    let found = SHA256Digest(hashing: bytes)
    guard found == digest else { throw .wrongHash(expected: digest, found: found) }
    return bytes
  }
}
