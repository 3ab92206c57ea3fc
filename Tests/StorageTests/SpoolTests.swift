import Foundation
import Simplestreams
import TestSupport
import Testing

@testable import Storage

@Suite struct SpoolTests {
  private let folder: TemporaryFolder
  private let data: DataFolder

  init() throws {
    folder = try TemporaryFolder()
    data = DataFolder(root: folder.path)
    try FileManager.default.createDirectory(atPath: data.incoming, withIntermediateDirectories: true)
  }

  @Test func givesBackEachPieceAndHasNoName() throws {
    let spool = Spool(in: data)
    let texts: [[UInt8]] = [Array("one".utf8), [], [UInt8](repeating: 7, count: 3_000_000)]
    let pieces = try texts.map { try spool.put($0) }
    for (piece, text) in zip(pieces, texts).reversed() { #expect(try spool.take(piece) == text) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: data.incoming) == [])
  }

  /// A document that was verified must not come back as another one.
  @Test func aDiskThatGivesBackOtherBytesIsToldFrom() throws {
    let spool = Spool(in: data)
    let piece = try spool.put(Array("verified".utf8))
    let link = try #require(
      try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").map { "/proc/self/fd/\($0)" }.first {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: $0))?.hasPrefix("\(data.incoming)/") ?? false
      })
    let descriptor = open(link, O_WRONLY)
    #expect(pwrite(descriptor, "V", 1, 0) == 1)
    close(descriptor)
    #expect(throws: StorageError.self) { try spool.take(piece) }
  }

  @Test func saysWhereItCannotBe() throws {
    try FileManager.default.removeItem(atPath: data.incoming)
    #expect(throws: StorageError.self) { try Spool(in: data).put([1]) }
  }
}
