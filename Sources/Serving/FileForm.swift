import NIOCore
import Simplestreams
import Storage

/// One form of a file, as it is or compressed, with the header fields that are the same in all answers about it, as bytes.
final class FileForm: Sendable {
  let digest: SHA256Digest
  let size: Int64
  let modified: Int64
  let type: String
  /// Each form has its own.
  let tag: String
  /// What caches need, also where nothing is sent.
  let validators: [UInt8]
  /// What they need of a part for which they have the fields of the whole.
  let renewal: [UInt8]
  /// What an answer with some of its bytes has beside that.
  let representation: [UInt8]
  /// The head of an answer with all of its bytes, but for its opening.
  let head: [UInt8]
  private let isDocument: Bool
  private let kept = SetOnce<Kept>()

  private final class Kept: Sendable {
    let bytes: ByteBuffer
    init(_ bytes: ByteBuffer) { self.bytes = bytes }
  }

  init(_ entry: TreeView.Entry, _ packed: PublishedTree.Packed, coding: ContentCoding?) {
    digest = packed.sha256
    size = packed.size
    modified = entry.modified
    type = entry.type
    tag = "\"\(packed.sha256.hex)\""
    isDocument = entry.isDocument
    let control = entry.isDocument ? "no-cache" : "max-age=31536000, immutable"
    var text = "ETag: \(tag)\r\nCache-Control: \(control)\r\n"
    // RFC 9110 §12.5.5: caches must know that the answer hangs on the request's encodings.
    if entry.isNegotiated { text += "Vary: Accept-Encoding\r\n" }
    renewal = Array(text.utf8)
    validators = renewal + Array("Last-Modified: \(HTTPDate.text(modified))\r\n".utf8)
    text = coding.map { "Content-Encoding: \($0.rawValue)\r\n" } ?? ""
    text += "Accept-Ranges: bytes\r\nRepr-Digest: \(ReprDigest.of(digest))\r\n"
    representation = Array(text.utf8)
    head = validators + representation + Array("Content-Type: \(type)\r\nContent-Length: \(size)\r\n\r\n".utf8)
  }

  /// All of it, of a small document that was asked for before. It was checked against its name, and is kept for as long as
  /// it is published.
  var bytes: ByteBuffer? { kept.load()?.bytes }

  func keep(_ content: BlobContent) {
    guard isDocument, case .bytes(let bytes) = content else { return }
    _ = kept.storeIfNil(Kept(bytes))
  }
}
