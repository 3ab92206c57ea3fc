import Simplestreams

extension TrustError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .malformed(let object, let reason):
      "\(object) is not one clear-signed message: \(reason); it may have been tampered with: nothing of it was used"
    case .notSigned(let object):
      "\(object) carries no signature; check the url, or look whether a proxy answers in its place"
    case .malformedSignature(let object, let reason):
      "the signature of \(object) is not one: \(reason); it may have been tampered with: nothing of it was used"
    case .unsignable(let reason):
      "the document to sign would change by signing: \(reason); write it as indented JSON"
    case .badSignature(let object, let key):
      "\(object) does not match its signature by key \(key): it was changed on its way or in its place; try again, "
        + "and tell the signer if it stays so"
    case .unknownKey(let object, let key, let signed, let known):
      "\(object) was signed\(Self.on(signed)) by key \(key), which is not in the keyring (\(known.joined(separator: ", "))); get the "
        + "signer's current keyring, check its fingerprint, and name it as “keyring”"
    case .expiredKey(let object, let key, let expired):
      "\(object) is signed by key \(key), which expired\(Self.on(expired)); install the signer's renewed keyring, or "
        + "accept it with “allow_expired_keys = true”"
    case .expiredSignature(let object, let key, let expired):
      "the signature of \(object) by key \(key) expired\(Self.on(expired)); wait for upstream to sign anew"
    case .revokedKey(let object, let key, let signed):
      "\(object) was signed\(Self.on(signed)) by key \(key), which its owner revoked; get the signer's new keyring"
    case .weakHash(let object, let key, let signed, let algorithm):
      "\(object) was signed\(Self.on(signed)) by key \(key) over \(algorithm), which can be forged; ask the signer for "
        + "SHA-256 or better"
    case .fromTheFuture(let object, let key, let signed, let now):
      "\(object) was signed by key \(key) on \(Timestamp(seconds: signed).iso), but here it is "
        + "\(Timestamp(seconds: now).iso); set this machine's clock"
    case .unusable(let object, let key, let signed, let reason):
      "the signature of \(object) by key \(key)\(signed > 0 ? ", made\(Self.on(signed))," : "") cannot be used: \(reason); look "
        + "with “gpg --verify” what is wrong with it, and tell the signer"
    case .keyring(let path, let reason, .publicKeys):
      "keyring \(path): \(reason); name a file that “gpg --export” wrote, binary or armoured"
    case .keyring(let path, let reason, .secretKey):
      "key \(path): \(reason); name a file that “gpg --export-secret-keys” wrote of one key without a passphrase"
    case .noSuchKey(let fingerprint, let home):
      "there is no secret key \(fingerprint) in \(home); “maas-mirror keys show” lists what is there"
    case .severalKeys(let home, let fingerprints):
      "\(home) has several signing keys; say which in mirror.conf: [signing] key = one of \(fingerprints.joined(separator: ", "))"
    case .cannotSign(let key, let home, let fault):
      "nothing was signed: the signing key \(key) in \(home) \(Self.remedy(fault, key: key, home: home))"
    case .keyFromTheFuture(let key, let created, let now):
      "the signing key \(key) was made on \(Timestamp(seconds: created).iso), but here it is "
        + "\(Timestamp(seconds: now).iso): nothing was signed; set this machine's clock"
    case .gnupg(let operation, let reason, .packages):
      "gpg could not \(operation): \(reason); check that the packages gnupg and gpgv are installed"
    case .gnupg(let operation, let reason, .folder):
      "gpg cannot have its home: could not \(operation): \(reason); check the folder's owner, mode and free space"
    }
  }

  private static func remedy(_ fault: KeyFault, key: String, home: String) -> String {
    switch fault {
    case .expired(let end):
      "expired on \(Timestamp(seconds: end).iso); give it more time (gpg --homedir \(home) --quick-set-expire \(key) 1y), "
        + "or name another one in mirror.conf: [signing] key"
    case .revoked:
      "was revoked; name another one in mirror.conf: [signing] key"
    case .asksForPassphrase:
      "asks for a passphrase, which nobody types for a timer; take it off (gpg --homedir \(home) --passwd \(key)), or name "
        + "another one in mirror.conf: [signing] key"
    }
  }

  private static func on(_ seconds: Int64?) -> String {
    // Of a signature that gpg cannot read to its end there is no time.
    seconds.flatMap { $0 > 0 ? $0 : nil }.map { " on \(Timestamp(seconds: $0).iso)" } ?? ""
  }
}
