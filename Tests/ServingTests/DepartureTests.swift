import Glibc
import Simplestreams
import Storage
import Testing

@testable import Serving

/// Clients that go away and files that change under a transfer.
@Suite(.serialized) struct DepartureTests {
  /// More than the kernel takes off the server's hands while nobody reads.
  private static let image = [UInt8](repeating: 0x5A, count: 24 << 20)
  private static let target = "\(LiveServer.base)/squashfs"

  @Test func aClientThatGoesAwayLeavesNoDescriptorBehind() async throws {
    try await LiveServer.run(items: ["squashfs": Self.image]) { live in
      let blob = live.data.blob(SHA256Digest(hashing: Self.image))
      for _ in 0..<3 {
        try begin(live.port) { #expect(descriptors(of: blob) == 1) }
        #expect(try await live.waits { descriptors(of: blob) == 0 })
      }
      #expect(live.log == [])
      #expect(try RawClient(port: live.port).get("/healthz").status == 200)
    }
  }

  /// It shrank after its head was sent: only a cut connection can say that the body is not whole.
  @Test func aBlobThatShrinksUnderATransferCutsTheConnection() async throws {
    try await LiveServer.run(items: ["squashfs": Self.image]) { live in
      let client = try RawClient(port: live.port, window: 65536)
      try client.send(RawClient.request(Self.target))
      #expect(try client.head().status == 200)
      let blob = live.data.blob(SHA256Digest(hashing: Self.image))
      chmod(blob, 0o644)
      truncate(blob, Self.image.count - 1000)
      #expect(throws: (any Error).self) { try client.take(Self.image.count) }
      #expect(try RawClient(port: live.port).get("/healthz").status == 200)
    }
  }

  /// The client is gone when this returns.
  private func begin(_ port: Int, _ body: () -> Void) throws {
    let client = try RawClient(port: port, window: 65536)
    try client.send(RawClient.request(Self.target))
    #expect(try client.head().status == 200)
    body()
  }

  private func descriptors(of path: String) -> Int {
    (0..<1024).count { number in
      var name = [CChar](repeating: 0, count: 4096)
      let count = readlink("/proc/self/fd/\(number)", &name, name.count)
      return count > 0 && name[..<count].elementsEqual(path.utf8.map { CChar(bitPattern: $0) })
    }
  }
}
