/// The hash algorithms that a signature may be over, by gpgme's names. For MD5, SHA-1 and RIPEMD-160 two documents with
/// one hash can be made, or soon will be; a name that is not known here has nothing to say for itself.
enum HashStrength {
  static func isWeak(_ algorithm: String) -> Bool { ["MD5", "SHA1", "RIPEMD160"].contains(algorithm) }

  static func isEnough(_ algorithm: String) -> Bool {
    ["SHA224", "SHA256", "SHA384", "SHA512"].contains(algorithm)
  }
}
