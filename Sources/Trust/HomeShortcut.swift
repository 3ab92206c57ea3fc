import CGPGME
import Glibc

/// A short name for a GnuPG home. gpg-agent puts a socket into the home, and the name of a socket ends at 107 bytes,
/// so a home deep in the file system is reached through a link.
final class HomeShortcut: Sendable {
  let path: String
  private let folder: String?

  init(to home: String) throws(TrustError) {
    guard home.utf8.count > 80 else {
      (path, folder) = (home, nil)
      return
    }
    var template = Array("/tmp/mm-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw .gnupg(operation: "make a folder in /tmp", reason: String(cString: strerror(errno)))
    }
    let made = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    guard symlink(home, "\(made)/h") == 0 else {
      let reason = String(cString: strerror(errno))
      rmdir(made)
      throw .gnupg(operation: "link \(made)/h", reason: reason)
    }
    (path, folder) = ("\(made)/h", made)
  }

  deinit {
    guard let folder else { return }
    unlink(path)
    rmdir(folder)
  }

  /// Ends the agent that signing started. Left alone it would stay for as long as the home does.
  func endAgent() {
    var context: gpgme_ctx_t?
    guard gpgme_new(&context) == 0, let context else { return }
    defer { gpgme_release(context) }
    guard gpgme_set_protocol(context, GPGME_PROTOCOL_SPAWN) == 0 else { return }
    let gpgconf = gpgme_get_dirinfo("gpgconf-name").map { String(cString: $0) } ?? "/usr/bin/gpgconf"
    let words = ["gpgconf", "--homedir", path, "--kill", "gpg-agent"]
    var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    arguments.append(nil)
    defer { arguments.forEach { free($0) } }
    arguments.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress!.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: buffer.count) { argv in
        // gpgme waits for a program only as long as it reads what that says. Without a reader, gpgconf would come to
        // a home whose short name is gone, and an agent be left that finds no keys for the next run.
        let said = try? GPGData()
        withExtendedLifetime(said) {
          // An agent that is gone already needs no ending; there is nothing to report.
          _ = gpgme_op_spawn(context, gpgconf, argv, nil, said?.raw, nil, 0)
        }
      }
    }
  }
}
