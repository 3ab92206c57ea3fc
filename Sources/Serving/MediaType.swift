/// The content types of a tree, by file name.
enum MediaType {
  static func of(_ path: String) -> String {
    if path.hasSuffix(".json") { return "application/json" }
    if path.hasSuffix(".sjson") || path.hasSuffix(".manifest") { return "text/plain; charset=utf-8" }
    if path.hasSuffix(".json.gpg") { return "application/pgp-signature" }
    if path.hasSuffix(".gpg") { return "application/pgp-keys" }
    if path.hasSuffix(".xz") { return "application/x-xz" }
    return "application/octet-stream"
  }
}
