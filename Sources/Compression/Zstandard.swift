import CZstd

/// Zstandard (RFC 8878).
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

  /// - Parameters:
  ///   - count: of the bytes; the frame says it.
  ///   - read: fills the buffer, with less only at the end.
  ///   - sink: gets the frame piece by piece.
  package static func compress(
    _ count: Int, reading read: (UnsafeMutableRawBufferPointer) throws -> Int, to sink: (UnsafeRawBufferPointer) -> Void
  ) throws {
    guard let context = ZSTD_createCCtx() else { throw Failure.library("out of memory") }
    defer { ZSTD_freeCCtx(context) }
    try check(ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level))
    for (parameter, value) in bounds { try check(ZSTD_CCtx_setParameter(context, parameter, value)) }
    try check(ZSTD_CCtx_setPledgedSrcSize(context, UInt64(count)))
    let pieces = Pieces(taking: ZSTD_CStreamInSize(), giving: ZSTD_CStreamOutSize())
    var isLast = false
    while !isLast {
      let length = try read(pieces.input)
      isLast = length < pieces.input.count
      var input = ZSTD_inBuffer(src: pieces.input.baseAddress, size: length, pos: 0)
      var left = 0
      repeat {
        var output = ZSTD_outBuffer(dst: pieces.output.baseAddress, size: pieces.output.count, pos: 0)
        left = ZSTD_compressStream2(context, &output, &input, isLast ? ZSTD_e_end : ZSTD_e_continue)
        try check(left)
        sink(UnsafeRawBufferPointer(rebasing: pieces.output[..<output.pos]))
      } while isLast ? left > 0 : input.pos < input.size
    }
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
