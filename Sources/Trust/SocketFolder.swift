import Glibc

/// Where there is a /run/user, GnuPG keeps a folder for sockets in it for each home it ever saw, by a hash of the home's
/// name. A home for one run would leave one behind with every run.
enum SocketFolder {
  static func remove(of home: String) {
    let user = getuid()
    // As GnuPG looks for them; without either its sockets are in the home, and there is no program to be started.
    let folders = ["/run/gnupg/user/\(user)", "/run/user/\(user)/gnupg"]
    guard folders.contains(where: { access($0, F_OK) == 0 }) else { return }
    _ = GPGProgram.run("gpgconf", ["--homedir", home, "--remove-socketdir"])
  }
}
