/// The content types of a tree, by file name. Blobs never get a `Content-Encoding`: clients would decompress them,
/// and the hash would fail.
enum MediaType {
  static let unknown = "application/octet-stream"
  static let keyring = "application/pgp-keys"

  static func of(_ path: String) -> String {
    if path.hasSuffix(".json") { return "application/json" }
    if path.hasSuffix(".sjson") || path.hasSuffix("manifest") { return "text/plain; charset=utf-8" }
    if path.hasSuffix(".json.gpg") { return "application/pgp-signature" }
    if path.hasSuffix(".tar.xz") { return "application/x-xz" }
    return unknown
  }
}
