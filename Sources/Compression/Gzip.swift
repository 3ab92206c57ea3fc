import CZlib

/// gzip (RFC 1952), for clients that do not know zstd.
package enum Gzip {
  package struct Failure: Error, Hashable, Sendable, CustomStringConvertible {
    var code: Int32
    package var description: String { "gzip: \(code == Z_MEM_ERROR ? "out of memory" : "zlib says \(code)")" }
  }

  /// Equal bytes become equal bytes: without a name and a time in the header (RFC 1952 §2.3), which zlib leaves out.
  ///
  /// - Parameters:
  ///   - level: 1 (fast) to 9 (small). 9 suits documents, which are compressed once and sent often.
  ///   - read: fills the buffer, with less only at the end.
  ///   - sink: gets the file piece by piece.
  package static func compress(
    level: Int32 = 9, reading read: (UnsafeMutableRawBufferPointer) throws -> Int,
    to sink: (UnsafeRawBufferPointer) -> Void
  ) throws {
    var stream = z_stream()
    let begun = shim_gzip_begin(&stream, level)
    guard begun == Z_OK else { throw Failure(code: begun) }
    defer { deflateEnd(&stream) }
    let pieces = Pieces(taking: 128 << 10, giving: 64 << 10)
    var code = Z_OK
    while code != Z_STREAM_END {
      let length = try read(pieces.input)
      stream.next_in = pieces.input.bindMemory(to: UInt8.self).baseAddress
      stream.avail_in = UInt32(length)
      repeat {
        stream.next_out = pieces.output.bindMemory(to: UInt8.self).baseAddress
        stream.avail_out = UInt32(pieces.output.count)
        code = deflate(&stream, length < pieces.input.count ? Z_FINISH : Z_NO_FLUSH)
        // Without progress there is nothing more to be had of this piece.
        guard code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR else { throw Failure(code: code) }
        sink(UnsafeRawBufferPointer(rebasing: pieces.output[..<(pieces.output.count - Int(stream.avail_out))]))
      } while stream.avail_out == 0
    }
  }
}
