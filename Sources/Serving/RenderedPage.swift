import Simplestreams
import Storage

/// A page as bytes, with the hash that names it.
struct RenderedPage: Sendable {
  let bytes: [UInt8]
  let digest: SHA256Digest

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    digest = SHA256Digest(hashing: bytes)
  }
}
