import Testing

@testable import Compression

@Suite struct ZstandardTests {
  @Test(arguments: [0, 1, 4096, 128 << 10, 256 << 10, 1_000_000])
  func givesBackWhatItPacked(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    let packed = try Zstandard.compress(bytes)
    #expect(try Zstandard.decompress(packed, limit: count) == bytes)
  }

  @Test func makesADocumentSmall() throws {
    let line = Array(#"{"ftype": "squashfs", "path": "noble/amd64/20260101/squashfs"}"#.utf8)
    let document = Array(repeatElement(line, count: 1000).joined())
    #expect(try Zstandard.compress(document).count < document.count / 100)
  }

  /// RFC 8878 §3.1.1.1: without the flag of a single segment, the second byte of the header is the window.
  @Test func largeDocumentsTakeNoMoreThanTwoMegabytesOfWindow() throws {
    let lines = (0..<60_000).map { "{\"ftype\": \"squashfs\", \"path\": \"noble/amd64/\($0)/squashfs\"}" }
    let packed = try Zstandard.compress(Array(lines.joined(separator: "\n").utf8))
    #expect(packed[4] & 0x20 == 0)
    #expect(packed[5] >> 3 <= 11)
  }

  /// A decompression bomb: 100 MB of zeros fit into some kilobytes.
  @Test func refusesToUnfoldMoreThanTheLimit() throws {
    let bomb = try Zstandard.compress([UInt8](repeating: 0, count: 100 << 20))
    #expect(bomb.count < 1 << 20)
    #expect(throws: Zstandard.Failure.tooLong(limit: 1 << 20)) { try Zstandard.decompress(bomb, limit: 1 << 20) }
  }

  @Test func takesExactlyTheLimitAndNotAByteMore() throws {
    let packed = try Zstandard.compress([UInt8](repeating: 7, count: 1000))
    #expect(try Zstandard.decompress(packed, limit: 1000).count == 1000)
    #expect(throws: Zstandard.Failure.tooLong(limit: 999)) { try Zstandard.decompress(packed, limit: 999) }
  }

  @Test(arguments: [[], Array("{}".utf8), [0x28, 0xB5, 0x2F, 0xFD]])
  func refusesWhatIsNoFrame(bytes: [UInt8]) {
    #expect(throws: Zstandard.Failure.library("not a frame that says its length")) {
      try Zstandard.decompress(bytes, limit: 1 << 20)
    }
  }

  @Test func refusesAFrameThatEndsEarly() throws {
    let packed = try Zstandard.compress((0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
    #expect(throws: Zstandard.Failure.self) { try Zstandard.decompress(packed.dropLast(8), limit: 1 << 20) }
  }

  /// A header may promise any length: the limit is checked before memory is asked for.
  @Test func refusesALengthThatNoMachineHas() {
    let header: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0xE0] + [0, 0, 0, 0, 0, 0, 0, 0x7F]
    #expect(throws: Zstandard.Failure.tooLong(limit: 1 << 20)) { try Zstandard.decompress(header, limit: 1 << 20) }
  }
}
