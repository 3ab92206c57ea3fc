/// Signs what is published here.
///
/// - `clearSign` MUST return a message that `gpgv --keyring=<keyring> -` accepts and that carries exactly `payload`.
/// - Both MUST sign with one key, under one `Hash:` line.
package protocol DocumentSigner: Sendable {
  /// The signing key's fingerprint, as text.
  var fingerprint: String { get }
  /// The binary public keyring that a region is given.
  func keyring() throws -> [UInt8]
  func clearSign(_ payload: [UInt8]) throws -> [UInt8]
  func detachSign(_ payload: [UInt8]) throws -> [UInt8]
}
