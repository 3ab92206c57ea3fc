import Foundation
import Simplestreams
import Storage
import Testing

@testable import Serving

/// A file that rotted on the disk has its size still, and nothing but its hash says so.
@Suite struct DamagedBlobTests {
  private static let image = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 9) }

  private func write(_ byte: UInt8, at offset: UInt64, of path: String) throws {
    #expect(chmod(path, 0o644) == 0)
    let file = try #require(FileHandle(forWritingAtPath: path))
    try file.seek(toOffset: offset)
    try file.write(contentsOf: [byte])
    try file.close()
  }

  @Test(arguments: ["", "bytes=2999990-", "bytes=0-9,2999990-"])
  func nobodyGetsTheEndOfIt(range: String) async throws {
    try await LiveServer.run(items: ["image": Self.image]) { live in
      let target = "\(LiveServer.base)/image"
      let path = live.data.blob(SHA256Digest(hashing: Self.image))
      try write(~Self.image[1_500_000], at: 1_500_000, of: path)
      #expect(throws: POSIXError.self) {
        try RawClient(port: live.port).get(target, range.isEmpty ? [] : ["Range: \(range)"])
      }
      // Now that it is known, it is refused from the start, in every way.
      #expect(try RawClient(port: live.port).get(target).status == 500)
      #expect(try RawClient(port: live.port).get(target, method: "HEAD").status == 500)
      #expect(live.log.contains { $0.contains(path) && $0.contains("is damaged") && $0.contains("verify --repair") })

      // Mended, as by “verify --repair”: another file in its place.
      try Data(Self.image).write(to: URL(fileURLWithPath: path), options: .atomic)
      #expect(try await live.waits { try RawClient(port: live.port).get(target).status == 200 })
      #expect(try RawClient(port: live.port).get(target).body == Self.image)
    }
  }

  /// A file that changes under its name is read through again.
  @Test func whatWasGoodOnceIsNotBelievedForEver() async throws {
    try await LiveServer.run(items: ["image": Self.image]) { live in
      let target = "\(LiveServer.base)/image"
      #expect(try RawClient(port: live.port).get(target).body == Self.image)
      try write(~Self.image[7], at: 7, of: live.data.blob(SHA256Digest(hashing: Self.image)))
      #expect(throws: POSIXError.self) { try RawClient(port: live.port).get(target) }
    }
  }

  @Test func manyWhoAskAtOnceGetAWholeGoodFile() async throws {
    try await LiveServer.run(items: ["image": Self.image]) { live in
      let port = live.port
      await withTaskGroup(of: Bool.self) { group in
        for _ in 1...8 {
          group.addTask { (try? RawClient(port: port).get("\(LiveServer.base)/image").body) == Self.image }
        }
        for await isWhole in group { #expect(isWhole) }
      }
    }
  }
}
