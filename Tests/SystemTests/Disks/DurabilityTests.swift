import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// What is named was on the disk before.
@Suite struct DurabilityTests {
  private let squashfs = "noble/amd64/20260101/squashfs"

  private func mirror(_ upstream: FakeUpstream) throws -> Mirror {
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    return try Mirror(Mirror.source("stable", upstream))
  }

  /// After a write-back that failed its pages count as clean, and perhaps no disk has them: the next fsync finds nothing
  /// to do, and says that all is well.
  @Test func aFileWhoseFsyncFailedIsFetchedAgain() throws {
    guard let disk = try FailingDisk() else { return }
    let upstream = try FakeUpstream()
    let mirror = try mirror(upstream)
    let digest = SHA256Digest(hashing: try #require(upstream.file(squashfs)))
    let failed = try disk.run(mirror, ["sync"], .broken, atFirst: "fsync", on: "\(digest).part")
    #expect(failed.run.code == 74 && failed.run.errors.contains("the disk or the way to it fails"), "\(failed)")
    #expect(!mirror.leftovers.contains("\(digest).part"), "\(mirror.leftovers)")
    let before = upstream.requests.count { $0.hasSuffix("/squashfs") }
    #expect(try mirror.run("sync").code == 0)
    #expect(upstream.requests.count { $0.hasSuffix("/squashfs") } == before + 1)
    #expect(try mirror.run("verify").code == 0)
  }

  /// A run that was killed between a rename and the fsync of its folder leaves a name that a power loss takes: who builds on
  /// it sees to that first.
  @Test func whatAKilledRunPutIntoTheStoreIsMadeDurableBeforeItIsNamed() throws {
    guard let disk = try FailingDisk() else { return }
    let upstream = try FakeUpstream()
    let mirror = try mirror(upstream)
    let data = DataFolder(root: mirror.data)
    try data.create()
    let items = upstream.paths.filter { $0.contains("/noble/") }
    let folders = try items.map { path in
      let bytes = try #require(upstream.file(String(path.dropFirst("/tree/".count))))
      return data.blobFolder(try FileBlobStore(data).insert(bytes))
    }
    let run = try disk.run(mirror, ["sync"], .broken, at: 0)
    #expect(run.run.output.contains(" 0 files, 0 B fetched"), "\(run.run.output)\(run.run.errors)")
    let naming = try #require(run.steps.firstIndex { $0.contains(": rename \(data.snapshots)/") })
    let before = run.steps[..<naming]
    #expect(folders.count > 3)
    for folder in folders + [data.blobs] {
      #expect(before.contains { $0.hasSuffix(": fsync \(folder): done") }, "\(folder)")
    }
  }
}
