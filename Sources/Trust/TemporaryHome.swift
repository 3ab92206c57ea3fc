import Glibc

/// A GnuPG home of our own, gone with its owner.
struct TemporaryHome: ~Copyable {
  private let folder: ScratchFolder
  var path: String { folder.path }

  init(in parent: String) throws(TrustError) {
    folder = try ScratchFolder(in: parent)
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
}
