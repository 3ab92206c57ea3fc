/// Bytes that are read where they lie: a document need not be in memory beside its signed form.
package protocol ByteSource {
  var count: Int { get }
  /// Reads into the whole of the buffer; returns fewer bytes only at the end.
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws -> Int
}

extension [UInt8]: ByteSource {
  package func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let length = Swift.min(buffer.count, Swift.max(0, count - offset))
    if length > 0 { withUnsafeBytes { buffer.copyMemory(from: .init(rebasing: $0[offset..<offset + length])) } }
    return length
  }
}
