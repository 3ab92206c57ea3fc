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

  /// 19 suits documents, which are compressed once and sent often.
  private static let level: Int32 = 19
  /// What a search may remember, as powers of two: that, and not the document, is most of the memory of a publish. What the level
  /// would take for 7 MB of JSON is 78 MB more, and makes it smaller by 0.25 %; a stream of 0.6 MB it makes no smaller.
  private static let bounds: KeyValuePairs<ZSTD_cParameter, Int32> = [
    ZSTD_c_windowLog: 21, ZSTD_c_chainLog: 19, ZSTD_c_hashLog: 19,
  ]

  package static func compress(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
    guard let context = ZSTD_createCCtx() else { throw .library("out of memory") }
    defer { ZSTD_freeCCtx(context) }
    try check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level))
    for (parameter, value) in bounds { try check(ZSTD_CCtx_setParameter(context, parameter, value)) }
    var code = 0
    let packed = [UInt8](unsafeUninitializedCapacity: ZSTD_compressBound(bytes.count)) { buffer, filled in
      code = ZSTD_compress2(context, buffer.baseAddress, buffer.count, bytes, bytes.count)
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
