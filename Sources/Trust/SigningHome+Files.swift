import Glibc

extension SigningHome {
  private static let secrets = "private-keys-v1.d"

  /// Whether a secret key lies there, listed or not: then a new one must not take its place.
  var holdsSecrets: Bool { files.contains { $0.hasPrefix("\(Self.secrets)/") } }

  /// What gpg keeps there: secret keys, and what stands beside them, but for sockets.
  private var files: Set<String> {
    let secrets = FolderNames.all(in: "\(path)/\(Self.secrets)").filter { $0.hasSuffix(".key") }
    let others = FolderNames.all(in: path).filter { $0.hasPrefix("pubring.kbx") || $0.hasPrefix("trustdb.gpg") }
    return Set(secrets.map { "\(Self.secrets)/\($0)" } + others)
  }

  /// Runs what adds a key, and makes that durable. Where it fails, nothing of it stays: gpg leaves half a key on a full disk.
  func adding(_ body: () throws(TrustError) -> KeyFacts) throws(TrustError) -> KeyFacts {
    let before = files
    do throws(TrustError) {
      let key = try body()
      try flush()
      return key
    } catch {
      for name in files.subtracting(before) { unlink("\(path)/\(name)") }
      throw error
    }
  }

  /// gpg leaves that to the system. What is signed with a key that a power loss takes away verifies nowhere.
  private func flush() throws(TrustError) {
    for name in files.sorted() + [Self.secrets, "."] {
      let file = open("\(path)/\(name)", O_RDONLY | O_CLOEXEC)
      defer { if file >= 0 { Glibc.close(file) } }
      guard file >= 0, fsync(file) == 0 else {
        throw .gnupg(operation: "write \(path)/\(name)", reason: String(cString: strerror(errno)), remedy: .folder)
      }
    }
  }
}
