import Glibc

/// Keyring files as people have them: binary, armoured, or several armoured blocks in a row.
package enum KeyringFile {
  static let limit = 4 << 20

  package static func read(_ path: String) throws(TrustError) -> [UInt8] {
    guard let file = fopen(path, "re") else {
      throw .keyring(path: path, reason: String(cString: strerror(errno)))
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      bytes += buffer[..<count]
      if bytes.count > limit { throw .keyring(path: path, reason: "it has more than 4 MiB") }
      if count < buffer.count {
        if ferror(file) != 0 { throw .keyring(path: path, reason: String(cString: strerror(errno))) }
        return bytes
      }
    }
  }

  /// gpg imports only the first of several armoured blocks in one go.
  static func blocks(of bytes: [UInt8]) -> [[UInt8]] {
    let footer = "-----END PGP PUBLIC KEY BLOCK-----"
    guard bytes.count > 2, bytes[0] & 0x80 == 0 else { return [bytes] }
    let text = String(decoding: bytes, as: UTF8.self)
    var blocks: [[UInt8]] = []
    var block = ""
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      block += "\(line)\n"
      if line.hasPrefix(footer) {
        blocks.append(Array(block.utf8))
        block = ""
      }
    }
    return blocks.isEmpty ? [bytes] : blocks
  }
}
