import Foundation
import NIOCore
import NIOPosix
import Simplestreams
import Storage
import TestSupport
import Testing

@testable import Serving

@Suite struct BlobProofsTests {
  private let folder: TemporaryFolder
  private let data: DataFolder
  private let loop = MultiThreadedEventLoopGroup.singleton.any()

  init() throws {
    folder = try TemporaryFolder()
    data = DataFolder(root: folder.path)
    for path in [data.incoming, data.blobs] {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }
  }

  private func verdict(_ proofs: BlobProofs, _ digest: SHA256Digest) async throws -> DamagedBlob? {
    switch try proofs.proof(of: digest, try FileBlobStore(data).open(digest), on: loop) {
    case .good: nil
    case .damaged(let damage): damage
    case .underWay(let verdict): try await verdict.get()
    }
  }

  @Test func whatIsNoLongerBelievedTakesNoRoom() async throws {
    let proofs = BlobProofs(lifetime: .zero) { _ in }
    for byte in UInt8(1)...5 {
      let digest = try FileBlobStore(data).insert([byte])
      #expect(try await verdict(proofs, digest) == nil)
    }
    #expect(proofs.count == 1)
  }

  @Test func whatIsBelievedIsNotReadAgain() async throws {
    let proofs = BlobProofs { _ in }
    let digest = try FileBlobStore(data).insert([1])
    #expect(try await verdict(proofs, digest) == nil)
    guard case .good = try proofs.proof(of: digest, try FileBlobStore(data).open(digest), on: loop) else {
      Issue.record("it is asked for anew")
      return
    }
  }

  /// Nobody could be told on an event loop that has ended, and what waited would hold the loop for ever.
  @Test func aStopLetsGoOfWhoWaits() async throws {
    let proofs = BlobProofs { _ in }
    let digest = SHA256Digest(hashing: [UInt8]())
    let path = data.blob(digest)
    try FileManager.default.createDirectory(
      atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
    #expect(FileManager.default.createFile(atPath: path, contents: nil))
    // Reading it takes longer than letting go of it.
    #expect(truncate(path, 1 << 30) == 0)
    guard case .underWay(let verdict) = try proofs.proof(of: digest, try FileBlobStore(data).open(digest), on: loop)
    else {
      Issue.record("nothing is under way")
      return
    }
    proofs.letGo()
    await #expect(throws: CancellationError.self) { try await verdict.get() }
    #expect(proofs.count == 0)
  }
}
