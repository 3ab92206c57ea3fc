@testable import Compression

extension Zstandard {
  static func compress(_ bytes: [UInt8]) throws -> [UInt8] {
    try packing(bytes) { read, sink in try compress(bytes.count, reading: read, to: sink) }
  }
}

extension Gzip {
  static func compress(_ bytes: [UInt8], level: Int32 = 9) throws -> [UInt8] {
    try packing(bytes) { read, sink in try compress(level: level, reading: read, to: sink) }
  }
}

private func packing(
  _ bytes: [UInt8],
  _ compress: ((UnsafeMutableRawBufferPointer) throws -> Int, (UnsafeRawBufferPointer) -> Void) throws -> Void
) rethrows -> [UInt8] {
  var (rest, packed) = (bytes[...], [UInt8]())
  try compress(
    { buffer in
      let piece = rest.prefix(buffer.count)
      buffer.copyBytes(from: piece)
      rest = rest.dropFirst(piece.count)
      return piece.count
    }, { packed.append(contentsOf: $0) })
  return packed
}
