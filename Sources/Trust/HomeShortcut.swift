import Glibc

/// A short name for a GnuPG home. gpg-agent puts a socket into the home, and the name of a socket ends at 107 bytes,
/// so a home deep in the file system is reached through a link.
final class HomeShortcut: Sendable {
  let path: String
  private let folder: ScratchFolder?
  var isLink: Bool { folder != nil }

  init(to home: String) throws(TrustError) {
    guard home.utf8.count > 80 else {
      (path, folder) = (home, nil)
      return
    }
    let folder = try ScratchFolder(in: "/tmp")
    let link = "\(folder.path)/h"
    guard symlink(home, link) == 0 else {
      throw .gnupg(operation: "link \(link)", reason: String(cString: strerror(errno)), remedy: .folder)
    }
    (path, self.folder) = (link, folder)
  }

  deinit {
    if isLink { SocketFolder.remove(of: path) }
  }
}
