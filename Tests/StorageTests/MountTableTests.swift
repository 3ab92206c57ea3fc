import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite struct MountTableTests {
  private let table = MountTable(
    fstab: """
      # /srv/commented  is no line
      UUID=1  /            ext4  defaults  0 1
      UUID=2	/srv/mirror  xfs	defaults,noauto  0 2
      UUID=3  /srv/mirror/blobs/  xfs  defaults  0 2
      UUID=4  /srv/with\\040blank ext4 defaults 0 2
      UUID=5  /srv/there   ext4  defaults  0 2
      UUID=6  none         swap  sw        0 0
      """,
    mountinfo: """
      22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
      30 22 8:2 / /srv/there rw,relatime shared:2 - ext4 /dev/sdb1 rw
      """)

  @Test(
    arguments: [
      ("/srv/mirror", "/srv/mirror"), ("/srv/mirror/data", "/srv/mirror"),
      ("/srv/mirror/blobs/x", "/srv/mirror/blobs"), ("/srv/with blank/data", "/srv/with blank"),
      ("/srv/there/data", nil),
      ("/srv/mirrored", nil), ("/srv", nil), ("/", nil), ("/srv/commented", nil),
    ] as [(String, String?)])
  func findsTheDiskThatIsMissing(path: String, point: String?) { #expect(table.missing(above: path) == point) }

  @Test func aSystemWithoutATableExpectsNothing() {
    #expect(MountTable(fstab: "", mountinfo: "").missing(above: "/srv/mirror") == nil)
  }

  @Test func seesThroughLinksAndFoldersThatAreNotMadeYet() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(atPath: folder.file("link"), withDestinationPath: folder.path)
    let resolved = try #require(realpath(folder.path, nil))
    defer { free(resolved) }
    let real = String(cString: resolved)
    let table = MountTable(fstab: "UUID=1 \(real)/disk ext4 defaults 0 2", mountinfo: "")
    for path in ["disk", "link/disk", "link/disk/new/data"] {
      let data = DataFolder(root: folder.file(path))
      #expect(throws: StorageError.notMounted(path: data.root, point: "\(real)/disk")) {
        try data.requireMounted(table)
      }
    }
    try DataFolder(root: folder.file("link/other")).requireMounted(table)
  }

  @Test func anEmptyFolderInThePlaceOfTheBlobsIsAMountPoint() throws {
    let folder = try TemporaryFolder()
    let data = DataFolder(root: folder.path)
    let none = MountTable(fstab: "", mountinfo: "")
    try data.create()
    try FileManager.default.removeItem(atPath: data.blobs)
    // Nothing was here before: it is a new mirror.
    try data.requireMounted(none)
    try folder.write("{}", "snapshots/a.json")
    #expect(throws: StorageError.notMounted(path: data.root, point: folder.file("blobs"))) {
      try data.requireMounted(none)
    }
    // Who removed the folder itself meant it.
    try FileManager.default.removeItem(atPath: folder.file("blobs"))
    try data.requireMounted(none)
  }
}
