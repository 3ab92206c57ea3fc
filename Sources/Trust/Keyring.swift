import CGPGME
import Glibc
import Simplestreams
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
    let packets = try KeyringFile.packets(of: bytes, name: name)
    self.name = name
    self.policy = policy
    home = try TemporaryHome(in: temporaryFolder)
    try home.write("gpg.conf", Self.options)
    context = try GPGContext(home: home.path)
    let (data, raw) = (try GPGData(packets), context.raw)
    let code = withExtendedLifetime(data) { gpgme_op_import(raw, data.raw) }
    if shim_error_code(code) != GPG_ERR_NO_DATA { try GPGContext.check(code, "read the keyring \(name)") }
    keys = try context.keys(secret: false)
    if keys.isEmpty {
      // To gpg a key from the future is none.
      let now = Timestamp(seconds: Int64(time(nil))).iso
      throw .keyring(path: name, reason: "gpg finds no key in it that is usable at \(now), which is the time here")
    }
  }

  package convenience init(
    contentsOf path: String, policy: TrustPolicy = TrustPolicy(), temporaryFolder: String = "/tmp"
  ) throws(TrustError) {
    try self.init(
      bytes: try KeyringFile.read(path), name: path, policy: policy, temporaryFolder: temporaryFolder)
  }

  /// The text of a clear-signed message: only what gpgme returns as signed.
  package func verify(clearSigned bytes: [UInt8], as object: String, now: Int64) throws(TrustError) -> VerifiedDocument
  {
    if let fault = ClearSignedText.fault(in: bytes) { throw .malformed(object: object, reason: fault) }
    return try locked { () throws(TrustError) in
      let text = try GPGData(expecting: bytes.count)
      let message = try GPGData(bytes)
      let code = withExtendedLifetime((message, text)) { gpgme_op_verify(context.raw, message.raw, nil, text.raw) }
      let (assurance, end) = try judge(code, object: object, now: now)
      return VerifiedDocument(payload: text.bytes, assurance: assurance, goodUntil: end)
    }
  }

  /// Bytes with their signature beside them.
  package func verify(
    _ bytes: [UInt8], detachedSignature: [UInt8], as object: String, now: Int64
  ) throws(TrustError) -> VerifiedDocument {
    let packets = try DetachedSignature.packets(in: detachedSignature, of: object)
    return try locked { () throws(TrustError) in
      let signature = try GPGData(packets)
      let signed = try GPGData(bytes)
      let code = withExtendedLifetime((signature, signed)) {
        gpgme_op_verify(context.raw, signature.raw, signed.raw, nil)
      }
      let (assurance, end) = try judge(code, object: object, now: now)
      return VerifiedDocument(payload: bytes, assurance: assurance, goodUntil: end)
    }
  }

  private func judge(
    _ code: gpgme_error_t, object: String, now: Int64
  ) throws(TrustError) -> (Assurance, goodUntil: Int64?) {
    let reports = context.signatureReports(keys: keys)
    let failure = code == 0 ? nil : String(cString: gpgme_strerror(code))
    if let failure, reports.isEmpty {
      switch shim_error_code(code) {
      case GPG_ERR_NO_DATA: throw .notSigned(object: object)
      case GPG_ERR_BAD_DATA, GPG_ERR_INV_DATA, GPG_ERR_UNEXPECTED:
        throw .malformedSignature(object: object, reason: "gpg says “\(failure)”")
      default: try GPGContext.check(code, "verify \(object)")
      }
    }
    let assurance = try policy.judge(reports, object: object, knownKeys: keys.map(\.fingerprint.hex), now: now)
    // A good signature is not enough when gpg stumbles over what stands beside it.
    if let failure {
      throw .unusable(
        object: object, key: reports[0].key, signed: reports[0].signed, reason: "gpg says “\(failure)”")
    }
    return (assurance, policy.end(of: reports))
  }

  private func locked<Value: Sendable>(_ body: () throws(TrustError) -> Value) throws(TrustError) -> Value {
    let result: Result<Value, TrustError> = busy.withLock { _ in
      do throws(TrustError) { return .success(try body()) } catch { return .failure(error) }
    }
    return try result.get()
  }
}
