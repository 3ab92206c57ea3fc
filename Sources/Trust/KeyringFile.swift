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

  /// Looks whether a file can be a keyring, without gpg.
  package static func check(_ path: String) throws(TrustError) {
    _ = try packets(of: try read(path), name: path)
  }

  /// The keys as one run of binary packets. A file that gpg would read in part, silently, is an error here: the key
  /// that is missed is the one that tomorrow's documents are signed by.
  static func packets(of bytes: [UInt8], name: String) throws(TrustError) -> [UInt8] {
    guard let first = bytes.first else { throw .keyring(path: name, reason: "the file is empty") }
    if bytes.dropFirst(8).starts(with: "KBXf".utf8) {
      throw .keyring(path: name, reason: "it is a keybox, GnuPG's own database")
    }
    let packets = first & 0x80 == 0 ? try dearmoured(bytes, name: name) : bytes
    guard let tags = PacketTags.read(packets) else { throw .keyring(path: name, reason: damaged) }
    if tags.contains(PacketTags.secretKey) || tags.contains(PacketTags.secretSubkey) {
      throw .keyring(path: name, reason: secret)
    }
    guard tags.contains(PacketTags.publicKey) else { throw .keyring(path: name, reason: none) }
    return packets
  }

  private static func dearmoured(_ bytes: [UInt8], name: String) throws(TrustError) -> [UInt8] {
    let blocks: [Armour.Block]
    do throws(Armour.Fault) {
      blocks = try Armour.blocks(in: bytes)
    } catch {
      throw .keyring(path: name, reason: damaged)
    }
    if blocks.contains(where: { $0.label == "PRIVATE KEY BLOCK" }) { throw .keyring(path: name, reason: secret) }
    guard !blocks.isEmpty, blocks.allSatisfy({ $0.label == "PUBLIC KEY BLOCK" }) else {
      throw .keyring(path: name, reason: none)
    }
    return blocks.flatMap(\.data)
  }

  static let none = "it holds no OpenPGP public key"
  private static let damaged = "it is cut off or damaged, or no keyring at all"
  private static let secret = "it holds a secret key, which does not belong on a mirror; export the public key"
}
