import CZlib

/// gzip (RFC 1952) over whole buffers, for clients that do not know zstd.
package enum Gzip {
  package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    var code: Int32
    package var description: String { "gzip: \(code == Z_MEM_ERROR ? "out of memory" : "zlib says \(code)")" }
  }

  /// Equal bytes become equal bytes: without a name and a time in the header (RFC 1952 §2.3), which zlib leaves out.
  ///
  /// - Parameter level: 1 (fast) to 9 (small). 9 suits documents, which are compressed once and sent often.
  package static func compress(_ bytes: [UInt8], level: Int32 = 9) throws(Failure) -> [UInt8] {
    var stream = z_stream()
    let begun = shim_gzip_begin(&stream, level)
    guard begun == Z_OK else { throw Failure(code: begun) }
    defer { deflateEnd(&stream) }
    // zlib counts its buffers in 32 bits; what it cannot count, no document has.
    guard bytes.count < 1 << 31 else { throw Failure(code: Z_BUF_ERROR) }
    var code = Z_OK
    let bound = Int(deflateBound(&stream, UInt(bytes.count)))
    let packed = [UInt8](unsafeUninitializedCapacity: bound) { buffer, filled in
      bytes.withUnsafeBufferPointer { input in
        // zlib reads through this pointer and writes nothing.
        stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
        stream.avail_in = UInt32(input.count)
        stream.next_out = buffer.baseAddress
        stream.avail_out = UInt32(clamping: buffer.count)
        code = deflate(&stream, Z_FINISH)
      }
      filled = Int(stream.total_out)
    }
    guard code == Z_STREAM_END else { throw Failure(code: code) }
    return packed
  }
}
