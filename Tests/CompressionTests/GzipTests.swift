import TestSupport
import Testing

@testable import Compression

@Suite struct GzipTests {
  private static func unpacked(_ bytes: [UInt8]) throws -> ProcessRun {
    try ProcessRun.run(try #require(ProcessRun.find("gzip")), ["-dc"], input: bytes)
  }

  @Test(arguments: [0, 1, 4096, 128 << 10, 256 << 10, 1_000_000])
  func gzipUnpacksWhatItPacked(count: Int) throws {
    let bytes = (0..<count).map { UInt8(truncatingIfNeeded: 0x20 + ($0 &* $0 >> 3) % 64) }
    let run = try Self.unpacked(try Gzip.compress(bytes))
    #expect(run.code == 0, "\(run.errors)")
    #expect(Array(run.output.utf8) == bytes)
  }

  @Test func makesADocumentSmall() throws {
    let line = Array(#"{"ftype": "squashfs", "path": "noble/amd64/20260101/squashfs"}"#.utf8)
    let document = Array(repeatElement(line, count: 1000).joined())
    #expect(try Gzip.compress(document).count < document.count / 100)
  }

  /// RFC 1952 §2.3.1: no flags, so no name, and no time. Else the same document would have two tags.
  @Test func theSameDocumentIsTheSameBytes() throws {
    let packed = try Gzip.compress(Array("a document".utf8))
    #expect(packed.prefix(8) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
    #expect(try Gzip.compress(Array("a document".utf8)) == packed)
  }

  @Test func aLevelThatZlibDoesNotHaveIsAnError() {
    #expect(throws: Gzip.Failure.self) { try Gzip.compress([1, 2, 3], level: 99) }
  }
}
