import CZstd

/// Zstandard (RFC 8878) over whole buffers: documents are small enough to be held.
package enum Zstandard {
  package enum Failure: Error, Hashable, Sendable, CustomStringConvertible {
    case library(String)
    /// More than the caller is ready to hold: a decompression bomb, or the wrong limit.
    case tooLong(limit: Int)

    package var description: String {
      switch self {
      case .library(let reason): "zstd: \(reason)"
      case .tooLong(let limit): "the compressed data unfolds to more than \(limit) bytes"
      }
    }
  }

  /// - Parameter level: 1 (fast) to 22 (small). 19 suits documents, which are compressed once and sent often.
  package static func compress(_ bytes: [UInt8], level: Int32 = 19) throws(Failure) -> [UInt8] {
    var code = 0
    let packed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, filled in
      code = ZSTD_compress(buffer.baseAddress, buffer.count, bytes, bytes.count, level)
      filled = ZSTD_isError(code) == 0 ? code : 0
    }
    try check(code)
    return packed
  }

  /// Unfolds a frame that says its length, as `compress` makes them.
  package static func decompress(_ bytes: [UInt8], limit: Int) throws(Failure) -> [UInt8] {
    let length = ZSTD_getFrameContentSize(bytes, bytes.count)
    // ZSTD_CONTENTSIZE_ERROR and _UNKNOWN are the two largest numbers, macros that Swift does not import.
    guard length < UInt64.max - 1 else { throw .library("not a frame that says its length") }
    guard length <= UInt64(limit) else { throw .tooLong(limit: limit) }
    var code = 0
    let unfolded = [UInt8](unsafeUninitializedCapacity: Int(length)) { buffer, filled in
      code = ZSTD_decompress(buffer.baseAddress, buffer.count, bytes, bytes.count)
      filled = ZSTD_isError(code) == 0 ? code : 0
    }
    try check(code)
    return unfolded
  }

  private static func check(_ code: Int) throws(Failure) {
    if ZSTD_isError(code) != 0 { throw .library(String(cString: ZSTD_getErrorName(code))) }
  }
}
