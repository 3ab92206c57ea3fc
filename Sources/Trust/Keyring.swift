import CGPGME
import Glibc
import Synchronization

/// A source's keyring, in a GnuPG home made for the run. The user's own keyring is never read or written.
///
/// `@unchecked Sendable`: the context is used under the mutex only; everything else is immutable.
package final class Keyring: @unchecked Sendable {
  package let name: String
  package let keys: [KeyFacts]
  package let policy: TrustPolicy
  private let home: TemporaryHome
  private let context: GPGContext
  private let busy = Mutex<Void>(())

  /// gpg asks nobody: not the network, not the web of trust, not an agent.
  private static let options = """
    trust-model always
    no-auto-key-locate
    no-auto-key-retrieve
    disable-dirmngr
    no-autostart
    batch

    """

  /// - Parameters:
  ///   - bytes: binary or ASCII-armoured, as `gpg --export` writes them.
  ///   - name: where they are from, for messages.
  package init(
    bytes: [UInt8], name: String, policy: TrustPolicy = TrustPolicy(), temporaryFolder: String = "/tmp"
  ) throws(TrustError) {
    guard !bytes.isEmpty else { throw .keyring(path: name, reason: "the file is empty") }
    self.name = name
    self.policy = policy
    home = try TemporaryHome(in: temporaryFolder)
    try home.write("gpg.conf", Self.options)
    context = try GPGContext(home: home.path)
    for block in KeyringFile.blocks(of: bytes) {
      let (data, raw) = (try GPGData(block), context.raw)
      try Self.check(withExtendedLifetime(data) { gpgme_op_import(raw, data.raw) }, name)
      if let result = gpgme_op_import_result(context.raw), result.pointee.secret_read > 0 {
        throw .keyring(
          path: name, reason: "it holds a secret key, which does not belong on a mirror; export the public key")
      }
    }
    keys = try context.keys(secret: false)
    if keys.isEmpty { throw .keyring(path: name, reason: "it holds no OpenPGP public key") }
  }

  package convenience init(
    contentsOf path: String, policy: TrustPolicy = TrustPolicy(), temporaryFolder: String = "/tmp"
  ) throws(TrustError) {
    try self.init(
      bytes: try KeyringFile.read(path), name: path, policy: policy, temporaryFolder: temporaryFolder)
  }

  private static func check(_ code: gpgme_error_t, _ name: String) throws(TrustError) {
    if shim_error_code(code) == GPG_ERR_NO_DATA {
      throw .keyring(path: name, reason: "it holds no OpenPGP public key")
    }
    try GPGContext.check(code, "read the keyring \(name)")
  }

  /// The text of a clear-signed message: only what gpgme returns as signed.
  package func verify(clearSigned bytes: [UInt8], as object: String, now: Int64) throws(TrustError) -> VerifiedDocument
  {
    if let fault = ClearSignedText.fault(in: bytes) { throw .malformed(object: object, reason: fault) }
    return try locked { () throws(TrustError) in
      let text = try GPGData()
      let message = try GPGData(bytes)
      let code = withExtendedLifetime((message, text)) { gpgme_op_verify(context.raw, message.raw, nil, text.raw) }
      return VerifiedDocument(payload: try text.bytes(), assurance: try judge(code, object: object, now: now))
    }
  }

  /// Bytes with their signature beside them.
  package func verify(
    _ bytes: [UInt8], detachedSignature: [UInt8], as object: String, now: Int64
  ) throws(TrustError) -> VerifiedDocument {
    try locked { () throws(TrustError) in
      let signature = try GPGData(detachedSignature)
      let signed = try GPGData(bytes)
      let code = withExtendedLifetime((signature, signed)) {
        gpgme_op_verify(context.raw, signature.raw, signed.raw, nil)
      }
      return VerifiedDocument(payload: bytes, assurance: try judge(code, object: object, now: now))
    }
  }

  private func judge(_ code: gpgme_error_t, object: String, now: Int64) throws(TrustError) -> Assurance {
    let reports = context.signatureReports()
    if reports.isEmpty {
      if shim_error_code(code) == GPG_ERR_NO_DATA { throw .notSigned(object: object) }
      try GPGContext.check(code, "verify \(object)")
    }
    return try policy.judge(reports, object: object, knownKeys: keys.map(\.fingerprint.hex), now: now)
  }

  private func locked<Value: Sendable>(_ body: () throws(TrustError) -> Value) throws(TrustError) -> Value {
    let result: Result<Value, TrustError> = busy.withLock { _ in
      do throws(TrustError) { return .success(try body()) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
