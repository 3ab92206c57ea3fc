import CGPGME
import Glibc
import Synchronization

/// The local signing key, in a private GnuPG home.
///
/// `@unchecked Sendable`: the context is used under the agent's mutex only; everything else is immutable.
package final class SigningHome: @unchecked Sendable {
  package enum Algorithm: String, CaseIterable, Sendable { case ed25519, rsa3072 }

  package let path: String
  private let context: GPGContext
  private let shortcut: HomeShortcut
  /// The agent, from the first use of the home to `close`.
  private let agent = Mutex<GPGAgent?>(nil)

  /// Opens the home, and makes it when it is not there.
  package init(path: String, create: Bool = true) throws(TrustError) {
    self.path = path
    if create, mkdir(path, 0o700) != 0, errno != EEXIST {
      throw .gnupg(operation: "make the folder \(path)", reason: String(cString: strerror(errno)), remedy: .folder)
    }
    if access(path, R_OK | W_OK | X_OK) != 0 {
      throw .gnupg(operation: "use the folder \(path)", reason: String(cString: strerror(errno)), remedy: .folder)
    }
    ScratchFolder.sweep(path)
    shortcut = try HomeShortcut(to: path)
    context = try GPGContext(home: shortcut.path)
  }

  deinit { close() }

  /// Ends the gpg-agent that the use of this home started; one that ran before stays. The home may be used again.
  package func close() {
    agent.withLock { agent in
      agent?.end()
      agent = nil
    }
  }

  package func secretKeys() throws(TrustError) -> [KeyFacts] {
    let keys = try locked { context throws(TrustError) in try context.keys(secret: true) }
    if keys.isEmpty, holdsSecrets {
      throw .gnupg(
        operation: "list the keys in \(path)", reason: "secret keys are there, but gpg cannot read their list",
        remedy: .folder)
    }
    return keys
  }

  /// The key to sign with: the one that was named, or the only one there. `nil` when there is none.
  package func signingKey(named fingerprint: Fingerprint?) throws(TrustError) -> KeyFacts? {
    let keys = try secretKeys()
    if let fingerprint {
      guard let key = keys.first(where: { $0.fingerprint == fingerprint }) else {
        throw .noSuchKey(fingerprint: fingerprint.hex, home: path)
      }
      return key
    }
    let usable = keys.filter { !$0.isRevoked }
    if usable.count > 1 { throw .severalKeys(home: path, fingerprints: usable.map(\.fingerprint.hex)) }
    return usable.first
  }

  /// Runs alone, with the context of the home.
  func locked<Value: Sendable>(_ body: (GPGContext) throws(TrustError) -> Value) throws(TrustError) -> Value {
    let result: Result<Value, TrustError> = agent.withLock { agent in
      if agent == nil { agent = GPGAgent(home: shortcut.path, isOurs: shortcut.isLink) }
      do throws(TrustError) { return .success(try body(context)) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
