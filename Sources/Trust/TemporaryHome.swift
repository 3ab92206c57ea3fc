import Glibc

/// A GnuPG home of our own, mode 0700, gone with its owner.
struct TemporaryHome: ~Copyable {
  let path: String

  init(in folder: String) throws(TrustError) {
    var template = Array("\(folder)/mm-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .gnupg(operation: "make a folder in \(folder)", reason: String(cString: strerror(errno)), remedy: .folder)
    }
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    SocketFolder.remove(of: path)
    Self.remove(path, depth: 0)
  }

  func write(_ name: String, _ text: String) throws(TrustError) {
    try Self.write(text, to: "\(path)/\(name)")
  }

  static func write(_ text: String, to path: String) throws(TrustError) {
    guard let file = fopen(path, "we") else {
      throw .gnupg(operation: "write \(path)", reason: String(cString: strerror(errno)), remedy: .folder)
    }
    let written = fputs(text, file)
    guard fclose(file) == 0, written >= 0 else {
      throw .gnupg(operation: "write \(path)", reason: String(cString: strerror(errno)), remedy: .folder)
    }
  }

  /// gpg keeps at most one level of folders in its home.
  private static func remove(_ path: String, depth: Int) {
    if let folder = opendir(path) {
      while let entry = readdir(folder) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) {
          $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
        }
        if name == "." || name == ".." { continue }
        if unlink("\(path)/\(name)") != 0, depth < 2 { remove("\(path)/\(name)", depth: depth + 1) }
      }
      closedir(folder)
    }
    rmdir(path)
  }
}
