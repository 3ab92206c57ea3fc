import Glibc

/// A short name for a GnuPG home. gpg-agent puts a socket into the home, and the name of a socket ends at 107 bytes,
/// so a home deep in the file system is reached through a link.
final class HomeShortcut: Sendable {
  let path: String
  private let folder: String?
  var isLink: Bool { folder != nil }

  init(to home: String) throws(TrustError) {
    guard home.utf8.count > 80 else {
      (path, folder) = (home, nil)
      return
    }
    var template = Array("/tmp/mm-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .gnupg(operation: "make a folder in /tmp", reason: String(cString: strerror(errno)), remedy: .folder)
    }
    let made = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard symlink(home, "\(made)/h") == 0 else {
      let reason = String(cString: strerror(errno))
      rmdir(made)
      throw .gnupg(operation: "link \(made)/h", reason: reason, remedy: .folder)
    }
    (path, folder) = ("\(made)/h", made)
  }

  deinit {
    guard let folder else { return }
    SocketFolder.remove(of: path)
    unlink(path)
    rmdir(folder)
  }
}
