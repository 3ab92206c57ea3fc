import Simplestreams
import Storage
import Synchronization
package import Trust

/// A source's keyring, opened at the first signature: a sync that finds nothing new needs no gpg.
package final class SourceKeyring: Sendable {
  /// Changes when the file's bytes do, or how strictly they are used.
  package let digest: String
  private let bytes: [UInt8]
  private let path: String
  private let policy: TrustPolicy
  private let temporaryFolder: String
  private let opened = Mutex<Keyring?>(nil)

  package init(path: String, policy: TrustPolicy, temporaryFolder: String) throws(TrustError) {
    bytes = try KeyringFile.read(path)
    digest = "\(SHA256Digest(hashing: bytes)) \(policy.allowExpiredKeys)"
    self.path = path
    self.policy = policy
    self.temporaryFolder = temporaryFolder
  }

  /// Blocks while gpg reads the file.
  func keyring() throws -> Keyring {
    try opened.withLock { opened in
      if let opened { return opened }
      let keyring = try Keyring(bytes: bytes, name: path, policy: policy, temporaryFolder: temporaryFolder)
      opened = keyring
      return keyring
    }
  }
}
