import CGPGME

/// What there is to say of a key.
package struct KeyFacts: Sendable, Hashable {
  package var fingerprint: Fingerprint
  package var userIDs: [String]
  package var algorithm: String
  /// Seconds since 1970.
  package var created: Int64
  package var expires: Int64?
  package var isRevoked: Bool
  /// The key itself and its subkeys: any of them may have signed.
  var parts: [Part]

  struct Part: Sendable, Hashable {
    var fingerprint: String
    var expires: Int64?
    var isRevoked: Bool
  }

  init?(_ key: gpgme_key_t) {
    guard let first = key.pointee.subkeys, let text = first.pointee.fpr,
      let fingerprint = Fingerprint(String(cString: text))
    else { return nil }
    self.fingerprint = fingerprint
    var ids: [String] = []
    var id = key.pointee.uids
    while let current = id {
      if let text = current.pointee.uid { ids.append(String(cString: text)) }
      id = current.pointee.next
    }
    userIDs = ids
    if let curve = first.pointee.curve {
      algorithm = String(cString: curve)
    } else {
      let name = gpgme_pubkey_algo_name(first.pointee.pubkey_algo).map { String(cString: $0) } ?? "unknown"
      algorithm = "\(name.lowercased())\(first.pointee.length)"
    }
    created = Int64(first.pointee.timestamp)
    expires = first.pointee.expires > 0 ? Int64(first.pointee.expires) : nil
    isRevoked = shim_key_is_revoked(key) != 0
    parts = []
    var subkey = key.pointee.subkeys
    while let current = subkey {
      if let text = current.pointee.fpr {
        let expires = current.pointee.expires > 0 ? Int64(current.pointee.expires) : nil
        parts.append(
          Part(
            fingerprint: String(cString: text), expires: expires, isRevoked: shim_subkey_is_revoked(current) != 0))
      }
      subkey = current.pointee.next
    }
  }
}

extension GPGContext {
  func keys(secret: Bool) throws(TrustError) -> [KeyFacts] {
    try Self.check(gpgme_op_keylist_start(raw, nil, secret ? 1 : 0), "list keys")
    defer { gpgme_op_keylist_end(raw) }
    var found: [KeyFacts] = []
    while true {
      var key: gpgme_key_t?
      let code = gpgme_op_keylist_next(raw, &key)
      if shim_error_code(code) == GPG_ERR_EOF { return found }
      try Self.check(code, "list keys")
      guard let key else { return found }
      if let facts = KeyFacts(key) { found.append(facts) }
      gpgme_key_unref(key)
    }
  }

  /// Calls `body` with the key of a fingerprint.
  func withKey<Result>(
    _ fingerprint: Fingerprint, secret: Bool, home: String, _ body: (gpgme_key_t) throws(TrustError) -> Result
  ) throws(TrustError) -> Result {
    var key: gpgme_key_t?
    guard gpgme_get_key(raw, fingerprint.hex, &key, secret ? 1 : 0) == 0, let key else {
      throw .noSuchKey(fingerprint: fingerprint.hex, home: home)
    }
    defer { gpgme_key_unref(key) }
    return try body(key)
  }
}
