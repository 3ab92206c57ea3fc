import Storage
package import Trust

/// Signs what is published here.
///
/// - `clearSign` MUST make a message that `gpgv --keyring=<keyring> -` accepts and that carries exactly `payload`.
/// - Both MUST sign with one key, under one `Hash:` line.
package protocol DocumentSigner: Sendable {
  /// The signing key's fingerprint, as text.
  var fingerprint: String { get }
  /// The binary public keyring that a region is given.
  func keyring() throws -> [UInt8]
  /// - Parameter sink: gets the message piece by piece.
  func clearSign(_ payload: any ByteSource, to sink: @escaping (UnsafeRawBufferPointer) -> Void) throws
  func detachSign(_ payload: any ByteSource) throws -> [UInt8]
}

extension CheckedBlob: ByteSource {}
