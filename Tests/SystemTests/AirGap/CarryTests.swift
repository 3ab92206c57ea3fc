import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// `export` here, `import` there: what the far side serves is what upstream signed.
@Suite struct CarryTests {
  private static let releases = [("noble", "24.04"), ("jammy", "22.04"), ("focal", "20.04"), ("bionic", "18.04")]

  private func catalogue(_ versions: [String], releases count: Int = 1) -> JSONValue {
    let all = Self.releases.prefix(count).map { Catalogue.ubuntu(versions: versions, release: $0.0, number: $0.1) }
    return all.dropFirst().reduce(all[0], Catalogue.joined)
  }

  private let day = Int64(86_400)

  @Test func theFarSideServesWhatTheNearSideTookAndARegionAcceptsIt() throws {
    let gap = try AirGap()
    try gap.carry(try Catalogue.demo())
    let run = try gap.take()
    #expect(run.code == 0, "\(run.errors)")
    #expect(try gap.near.run("publish").code == 0)
    let near = try #require(try StoreState.trees(in: gap.near.data)[AirGap.publication])
    let far = try #require(try StoreState.trees(in: gap.far.data)[AirGap.publication])
    #expect(far.items.map(\.path) == near.items.map(\.path) && far.items.map(\.sha256) == near.items.map(\.sha256))
    let server = try gap.far.serve()
    let keyring = gap.far.folder.file("keyring.gpg")
    #expect(try gap.far.run("keys", "export", "--output", keyring).code == 0)
    let walk = try RegionWalk(server, keyring: keyring)
    #expect(walk.files.count == far.items.count && walk.files.count > 50)
    // Upstream's own documents, for an auditor who was never connected.
    let index = "streams/v1/index.sjson"
    #expect(try server.get("\(AirGap.publication)/upstream/\(index)").body == gap.upstream.file(index))
    #expect(try StoreInvariants.violations(in: gap.far.data) == [])
    #expect(try gap.far.run("verify").code == 0)
    let again = try gap.take()
    #expect(again.code == 0 && again.output.contains("stable: nothing new"), "\(again.output)\(again.errors)")
    #expect(try gap.far.run("snapshots").output.split(separator: "\n").count == 2)
  }

  @Test func aBundleIsBroughtUpToDateAndHoldsNoMoreThanItIs() throws {
    let gap = try AirGap(keep: 1)
    try gap.carry([catalogue(["20260101"])])
    #expect(try gap.take().code == 0)
    try gap.upstream.publish([catalogue(["20260102"])], updated: FakeUpstream.time + day)
    #expect(try gap.near.run("sync").code == 0)
    let report = try gap.near.json("export", gap.bundle)
    // Four files and two documents are new, and as many old ones are gone.
    #expect(report["written_files"] == .number("6") && report["removed_files"] == .number("6"))
    #expect(report["files"] == .number("6") && report["sources"]?.array?.first?["source"] == .string("stable"))
    #expect(try gap.near.json("export", gap.bundle)["written_files"] == .number("0"))
    let run = try gap.take()
    #expect(run.code == 0, "\(run.errors)")
    #expect(try gap.served().contains("noble/amd64/20260102/squashfs"))
    // No more than a second mirror would have fetched.
    let fresh = try AirGap(keep: 1)
    try fresh.upstream.publish([catalogue(["20260102"])], updated: FakeUpstream.time + day)
    #expect(try fresh.near.run("sync").code == 0)
    try fresh.export()
    #expect(try gap.contents().count == fresh.contents().count)
  }

  /// What the near side does not take is neither missing nor to be waited for.
  @Test func eachSideSelectsForItself() throws {
    let narrow = "[[source.select]]\nrelease = [\"noble\", \"jammy\"]"
    let gap = try AirGap(nearSelect: narrow, farSelect: "[[source.select]]\nrelease = [\"jammy\", \"focal\"]")
    try gap.carry([catalogue(["20260101"], releases: 3)])
    let run = try gap.take()
    #expect(run.code == 0 && run.output.contains("focal"), "\(run.output)\(run.errors)")
    let served = try gap.served()
    #expect(!served.isEmpty && served.allSatisfy { $0.hasPrefix("jammy/") }, "\(served)")
    // The near side takes more of the same documents now.
    try gap.near.write(
      Mirror.source("stable", gap.upstream) + Mirror.publication(AirGap.publication, ["stable"]))
    #expect(try gap.near.run("sync").code == 0)
    try gap.export()
    let more = try gap.take()
    #expect(more.code == 0 && !more.output.contains("focal"), "\(more.output)\(more.errors)")
    #expect(try gap.served().contains("focal/amd64/20260101/squashfs"))
  }

  @Test func whatTheNearSideLacksIsMissingOnTheFarSideToo() throws {
    let gap = try AirGap(keep: 1)
    try gap.carry([catalogue(["20260101"], releases: 2)])
    #expect(try gap.take().code == 0)
    try gap.upstream.publish([catalogue(["20260102"], releases: 2)], updated: FakeUpstream.time + day)
    gap.upstream.set("jammy/amd64/20260102/squashfs", nil)
    #expect(try gap.near.run("sync").code == 1)
    let export = try gap.near.run("export", gap.bundle)
    #expect(export.code == 0 && export.output.contains("1 version is missing"), "\(export.output)\(export.errors)")
    let run = try gap.take()
    #expect(run.code == 1 && run.output.contains("not in the bundle"), "\(run.output)\(run.errors)")
    // Half a version is never served: the one of before stays.
    let served = try gap.served()
    #expect(served.contains("noble/amd64/20260102/squashfs") && served.contains("jammy/amd64/20260101/squashfs"))
    #expect(!served.contains { $0.hasPrefix("jammy/amd64/20260102/") })
  }

  @Test func severalSourcesGoTogetherOrByName() throws {
    let (stable, candidate, medium) = (try FakeUpstream(), try FakeUpstream(), try TemporaryFolder())
    try stable.publish([catalogue(["20260101"])])
    try candidate.publish([
      Catalogue.ubuntu(versions: ["20260101"], release: "jammy", number: "22.04", label: "candidate")
    ])
    let sources = [("stable", stable), ("candidate", candidate)]
    let publication = Mirror.publication(AirGap.publication, ["stable", "candidate"])
    let near = try Mirror(sources.map { Mirror.source($0.0, $0.1) }.joined() + publication)
    let far = try Mirror(sources.map { AirGap.carried(Mirror.source($0.0, $0.1), $0.1) }.joined() + publication)
    try near.begin()
    #expect(try far.run("keys", "create").code == 0)
    #expect(try near.run("export", medium.file("one"), "candidate").code == 0)
    let one = try far.run("import", medium.file("one"), "--publish")
    // A publication of two sources waits for the other one.
    #expect(one.code == 1 && one.errors.contains("“stable” has no snapshot yet"), "\(one.errors)")
    #expect(try near.run("export", medium.file("all")).code == 0)
    #expect(try far.run("import", medium.file("all"), "other").code == 64)
    let all = try far.run("import", medium.file("all"), "--publish")
    #expect(all.code == 0, "\(all.errors)")
    let tree = try #require(try StoreState.trees(in: far.data)[AirGap.publication])
    #expect(Set(tree.items.map { $0.path.string.prefix(5) }) == ["noble", "jammy"])
    // One that is exported by name leaves the others where they are; all are what this mirror has.
    #expect(try near.json("export", medium.file("all"), "stable")["removed_files"] == .number("0"))
    #expect(try far.run("import", medium.file("all"), "candidate").code == 0)
    let dropped = try Mirror(Mirror.source("stable", stable))
    #expect(try dropped.run("sync").code == 0)
    try FileManager.default.copyItem(atPath: medium.file("all"), toPath: medium.file("less"))
    let less = try dropped.run("export", medium.file("less"))
    #expect(less.code == 0 && less.output.contains("candidate: is no longer in the bundle"), "\(less.output)")
    // A source that the far side does not know stays on the medium.
    try far.write(AirGap.carried(Mirror.source("stable", stable), stable) + Mirror.publication("a", ["stable"]))
    let known = try far.run("import", medium.file("all"), "--publish")
    #expect(known.code == 0 && known.errors.contains("candidate: is in the bundle and not in"), "\(known.errors)")
    try far.write(AirGap.carried(Mirror.source("other", stable), stable))
    #expect(try far.run("import", medium.file("all")).code == 78)
  }

  /// The timer of a mirror behind an air gap has nothing to fetch, and no reason to fail.
  @Test func aCarriedSourceIsLeftToTheImport() throws {
    let gap = try AirGap()
    try gap.carry([catalogue(["20260101"])])
    #expect(try gap.take().code == 0)
    for command in [["sync", "--publish"], ["list"], ["plan"]] {
      let run = try ProcessRun.run(Mirror.binary, command + ["--config", gap.far.configuration])
      #expect(run.code == 0 && run.errors.contains("stable: left to “maas-mirror import”"), "\(run.errors)")
    }
    let named = try gap.far.run("sync", "stable")
    #expect(named.code == 64 && named.errors.contains("use “maas-mirror import”"), "\(named.errors)")
    #expect(try gap.far.run("status").output.contains(", from bundle:\(gap.bundle)/stable/"))
  }

  @Test func aBundleIsNamedByWhereItIs() throws {
    let gap = try AirGap()
    try gap.carry([catalogue(["20260101"])])
    let link = gap.medium.file("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: gap.bundle)
    for path in [link, "\(gap.medium.path)/./images/", "../\(gap.medium.path.split(separator: "/").last ?? "")/images"]
    {
      let run = try gap.far.run("import", path, "--publish")
      #expect(run.code == 0, "\(path): \(run.errors)")
      #expect(try gap.far.run("status").output.contains(", from bundle:\(gap.bundle)/stable/"), "\(path)")
      #expect(try gap.near.run("export", path).code == 0, "\(path)")
    }
  }

  @Test func aBundleCanBeLookedAtBeforeItIsTaken() throws {
    let gap = try AirGap(nearSelect: "[[source.select]]\nrelease = [\"noble\"]")
    try gap.carry([catalogue(["20260101"], releases: 2)])
    let list = try gap.far.run("list", "--bundle", gap.bundle)
    #expect(list.code == 0 && list.output.contains("noble") && !list.output.contains("jammy"), "\(list)")
    let plan = try #require(try gap.far.json("plan", "--bundle", gap.bundle).array?.first)
    #expect(plan["fetch_files"] == .number("4") && plan["missing"]?.array?.isEmpty == true)
    #expect(try gap.far.run("snapshots").output.split(separator: "\n").count < 2)
    #expect(try gap.take().code == 0)
    let after = try #require(try gap.far.json("plan", "--bundle", gap.bundle).array?.first)
    #expect(after["fetch_files"] == .number("0") && after["present_files"] == .number("4"))
    #expect(try gap.far.run("plan", "--bundle", gap.medium.file("none")).code == 64)
  }

  /// One that is reached over the network as well: for the first hundred gigabytes.
  @Test func aBundleSavesALineTheFirstSync() throws {
    let gap = try AirGap()
    try gap.carry([catalogue(["20260101"])])
    let far = try Mirror(source: gap.upstream)
    #expect(try far.run("keys", "create").code == 0)
    let run = try far.run("import", gap.bundle, "--publish")
    #expect(run.code == 0, "\(run.errors)")
    let requests = gap.upstream.requests.count
    // What a bundle does not hold was not looked for: that is for the sync.
    let sync = try far.run("sync", "--publish")
    #expect(sync.code == 0 && sync.output.contains("stable: nothing new"), "\(sync.output)\(sync.errors)")
    #expect(!gap.upstream.requests.dropFirst(requests).contains { $0.contains("noble") })
    try gap.upstream.publish([catalogue(["20260102"])], updated: FakeUpstream.time + day)
    #expect(try far.run("sync", "--publish").code == 0)
    let old = try far.run("import", gap.bundle)
    #expect(old.code == 65 && old.errors.contains("older than"), "\(old.errors)")
  }

  @Test func aSyncBringsWhatABundleDidNotHold() throws {
    let gap = try AirGap(nearSelect: "[[source.select]]\nrelease = [\"noble\"]")
    try gap.carry([catalogue(["20260101"], releases: 2)])
    let far = try Mirror(source: gap.upstream)
    #expect(try far.run("keys", "create").code == 0)
    #expect(try far.run("import", gap.bundle, "--publish").code == 0)
    let sync = try far.run("sync", "--publish")
    #expect(sync.code == 0 && sync.output.contains("4 files"), "\(sync.output)\(sync.errors)")
    // Back to the bundle, it takes nothing away.
    let again = try far.run("import", gap.bundle, "--publish")
    #expect(again.code == 0 && again.output.contains("nothing new"), "\(again.output)\(again.errors)")
    #expect(try StoreState.trees(in: far.data)[AirGap.publication]?.items.count == 8)
  }

  /// How a mirror that had a line goes behind an air gap, and back.
  @Test func aSourceThatLosesItsLineKeepsWhatProtectsIt() throws {
    let gap = try AirGap(keep: 1)
    try gap.carry([catalogue(["20260101"])])
    let far = try Mirror(source: gap.upstream)
    #expect(try far.run("keys", "create").code == 0)
    try gap.upstream.publish([catalogue(["20260102"])], updated: FakeUpstream.time + day)
    #expect(try far.run("sync", "--publish").code == 0)
    let (url, publication) = (Mirror.source("stable", gap.upstream), Mirror.publication(AirGap.publication, ["stable"]))
    try far.write(AirGap.carried(url, gap.upstream) + publication)
    let old = try far.run("import", gap.bundle, "--publish")
    #expect(old.code == 65 && old.errors.contains("older than"), "\(old.errors)")
    #expect(try gap.near.run("sync").code == 0)
    try gap.export()
    #expect(try far.run("import", gap.bundle, "--publish").code == 0)
    try far.write(url + publication)
    try gap.upstream.publish([catalogue(["20260101"])])
    let back = try far.run("sync", "--publish")
    #expect(back.code == 65 && back.errors.contains("older than"), "\(back.errors)")
  }

  @Test func aDamagedBlobIsRepairedFromABundle() throws {
    let gap = try AirGap()
    try gap.carry([catalogue(["20260101"])])
    #expect(try gap.take().code == 0)
    let path = "noble/amd64/20260101/squashfs"
    let blob = DataFolder(root: gap.far.data).blob(SHA256Digest(hashing: try #require(gap.upstream.file(path))))
    try FileManager.default.removeItem(atPath: blob)
    #expect(try gap.far.run("verify", "--repair").code == 74)
    #expect(try gap.far.run("verify", "--bundle", gap.bundle).code == 64)
    let run = try gap.far.run("verify", "--repair", "--bundle", gap.bundle)
    #expect(run.code == 0, "\(run.output)\(run.errors)")
    #expect(FileManager.default.fileExists(atPath: blob))
  }

  @Test func anExportTakesNoDamageAlong() throws {
    let gap = try AirGap(keep: 1)
    try gap.carry([catalogue(["20260101"])])
    try gap.upstream.publish([catalogue(["20260102"])], updated: FakeUpstream.time + day)
    #expect(try gap.near.run("sync").code == 0)
    let path = "noble/amd64/20260102/squashfs"
    let blob = DataFolder(root: gap.near.data).blob(SHA256Digest(hashing: try #require(gap.upstream.file(path))))
    let whole = try #require(FileManager.default.contents(atPath: blob))
    for damage in [Data(whole.dropLast()), Data(whole.dropLast() + [0]), whole + [0], nil] {
      try FileManager.default.removeItem(atPath: blob)
      if let damage {
        try damage.write(to: URL(fileURLWithPath: blob))
      } else {
        try Data().write(to: URL(fileURLWithPath: blob))
      }
      let run = try gap.near.run("export", gap.bundle)
      #expect(run.code == 74 && run.errors.contains("verify --repair"), "\(run.errors)")
      // The bundle is what it was.
      #expect(try gap.take().code == 0)
      #expect(try gap.served().contains("noble/amd64/20260101/squashfs"))
    }
    #expect(try gap.near.run("verify", "--repair").code == 0)
    try gap.export()
    #expect(try gap.take().code == 0)
    #expect(try gap.served().contains(path))
  }

  /// As on FAT.
  @Test func aMediumWithoutModesIsAsGoodAsAnother() throws {
    guard let disk = try FailingDisk() else { return }
    let gap = try AirGap()
    try gap.upstream.publish([catalogue(["20260101"])])
    #expect(try gap.near.run("sync").code == 0)
    let run = try ProcessRun.run(
      Mirror.binary, ["export", gap.bundle, "--config", gap.near.configuration],
      environment: ["LD_PRELOAD": disk.library, "DISK_FOLDER": gap.medium.path, "DISK_FAULT": "modeless"])
    #expect(run.code == 0, "\(run.errors)")
    // It did refuse: files that are received are for their owner alone until they are whole.
    let mode = try FileManager.default.attributesOfItem(atPath: try gap.blob("noble/amd64/20260101/squashfs"))
    #expect(mode[.posixPermissions] as? Int == 0o600)
    #expect(try gap.take().code == 0)
  }
}
