import CGPGME
import Glibc

/// The programs that stand beside gpg.
enum GPGProgram {
  /// What a program of GnuPG's says.
  ///
  /// gpgme waits for a program only as long as it reads what that says. Without a reader, gpgconf would come to a home
  /// whose short name is gone, and an agent be left that finds no keys for the next run.
  static func run(_ program: String, _ arguments: [String]) -> String {
    guard GPGContext.isInitialised else { return "" }
    var context: gpgme_ctx_t?
    guard gpgme_new(&context) == 0, let context else { return "" }
    defer { gpgme_release(context) }
    // Without the buffer there is no memory left, and what stays behind is the least of it.
    guard gpgme_set_protocol(context, GPGME_PROTOCOL_SPAWN) == 0, let said = try? GPGData() else { return "" }
    let folder = gpgme_get_dirinfo("bindir").map { String(cString: $0) } ?? "/usr/bin"
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
    defer { words.forEach { free($0) } }
    words.withUnsafeMutableBufferPointer { buffer in
      buffer.baseAddress!.withMemoryRebound(to: UnsafePointer<CChar>?.self, capacity: buffer.count) { argv in
        withExtendedLifetime(said) {
          _ = gpgme_op_spawn(context, "\(folder)/\(program)", argv, nil, said.raw, nil, 0)
        }
      }
    }
    return String(decoding: said.bytes, as: UTF8.self)
  }
}
