package import Trust

extension SigningHome {
  /// The signed text as a whole.
  package func clearSign(_ payload: [UInt8], with key: Fingerprint) throws -> [UInt8] {
    var signed: [UInt8] = []
    try clearSign(payload, with: key) { signed.append(contentsOf: $0) }
    return signed
  }
}
