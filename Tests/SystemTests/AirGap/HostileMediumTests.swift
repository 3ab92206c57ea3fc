import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// A medium that was lost, damaged, or in other hands: nothing of it is believed that upstream did not sign.
@Suite struct HostileMediumTests {
  private let squashfs = "noble/amd64/20260101/squashfs"
  private let day = Int64(86_400)

  private func catalogue(_ version: String) -> [JSONValue] { [Catalogue.ubuntu(versions: [version])] }

  /// The far side has the first version, and the bundle the second one.
  private func underWay() throws -> AirGap {
    let gap = try AirGap(keep: 1)
    try gap.carry(catalogue("20260101"))
    #expect(try gap.take().code == 0)
    try gap.carry(catalogue("20260102"), updated: FakeUpstream.time + day)
    return gap
  }

  private func overwrite(_ path: String, _ bytes: Data) throws {
    try? FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
  }

  /// Each is refused, and what is served is served on.
  private func expectRefusal(
    _ gap: AirGap, code: Int32, _ texts: String..., sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = try gap.far.state()
    let run = try gap.take()
    #expect(run.code == code, "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
    for text in texts {
      #expect((run.output + run.errors).contains(text), "\(run.output)\(run.errors)", sourceLocation: sourceLocation)
    }
    #expect(try gap.far.state() == before, sourceLocation: sourceLocation)
    #expect(try StoreInvariants.violations(in: gap.far.data) == [], sourceLocation: sourceLocation)
  }

  /// The far side has the second version, and somebody kept a bundle of the first one.
  private func replayed() throws -> (gap: AirGap, old: String) {
    let gap = try AirGap(keep: 1)
    try gap.carry(catalogue("20260101"))
    let old = gap.medium.file("old")
    try FileManager.default.copyItem(atPath: gap.bundle, toPath: old)
    try gap.carry(catalogue("20260102"), updated: FakeUpstream.time + day)
    #expect(try gap.take().code == 0)
    return (gap, old)
  }

  /// The rollback attack, from wherever the medium is mounted.
  @Test func anOldBundleIsRefused() throws {
    let (gap, old) = try replayed()
    let before = try gap.far.state()
    for attempt in ["with the catalog", "without it"] {
      let run = try gap.far.run("import", old, "--publish")
      #expect(run.code == 65 && run.errors.contains("older than"), "\(attempt): \(run.errors)")
      #expect(try gap.far.state() == before)
      for end in ["", "-wal", "-shm"] {
        try? FileManager.default.removeItem(atPath: "\(gap.far.data)/catalog.sqlite\(end)")
      }
    }
    #expect(try gap.far.run("import", old, "--publish", "--accept-rollback").code == 0)
    #expect(try gap.served().contains(squashfs))
  }

  /// The same under another name, which the bundle's own list would lead to.
  @Test func anOldIndexUnderAnotherNameIsRefused() throws {
    let (gap, old) = try replayed()
    try rewrite(old) { snapshot in
      for position in snapshot.documents.indices where snapshot.documents[position].role == .index {
        snapshot.documents[position].received[0].path = try TreePath(document: "streams/v1/other.sjson")
      }
    }
    let before = try gap.far.state()
    let run = try gap.far.run("import", old, "--publish")
    #expect(run.code == 69 && run.errors.contains("streams/v1/index.sjson: is not in the bundle"), "\(run.errors)")
    #expect(try gap.far.state() == before)
  }

  /// What the mirror that wrote it would have written, had it been somebody else's.
  private func rewrite(_ bundle: String, _ change: (inout Snapshot) throws -> Void) throws {
    let folder = DataFolder(root: bundle)
    let store = SnapshotStore(folder)
    let id = try #require(try store.ids().first)
    var snapshot = try store.load(id)
    try change(&snapshot)
    try store.remove([id])
    let changed = try store.save(snapshot)
    let manifest = try String(contentsOfFile: "\(bundle)/bundle.json", encoding: .utf8)
    try overwrite("\(bundle)/bundle.json", Data(manifest.replacingOccurrences(of: "\(id)", with: "\(changed)").utf8))
  }

  @Test func aBundleOfOtherFilesBringsNoneOfThem() throws {
    let gap = try underWay()
    // Upstream's documents, and beside them files that only the bundle's own list knows.
    let evil = try FileBlobStore(DataFolder(root: gap.bundle)).insert(Array("evil".utf8))
    try rewrite(gap.bundle) { snapshot in
      for position in snapshot.items.indices {
        (snapshot.items[position].sha256, snapshot.items[position].size) = (evil, 4)
      }
    }
    let run = try gap.take()
    #expect(run.code == 1 && run.output.contains("in place of"), "\(run.output)\(run.errors)")
    #expect(try gap.served().contains(squashfs))
    #expect(!FileManager.default.fileExists(atPath: DataFolder(root: gap.far.data).blob(evil)))
  }

  @Test func documentsOfAnotherSignerAreRefused() throws {
    let gap = try underWay()
    let index = try gap.blob("streams/v1/index.sjson")
    let other = try FakeUpstream()
    try other.publish(catalogue("20260102"), updated: FakeUpstream.time + day)
    try overwrite(index, Data(try #require(other.file("streams/v1/index.sjson"))))
    try expectRefusal(gap, code: 65, "streams/v1/index.sjson")
  }

  @Test func aMassRemovalIsHeldBack() throws {
    let gap = try AirGap()
    try gap.carry([releases(3)])
    #expect(try gap.take().code == 0)
    try gap.upstream.publish([releases(1)], updated: FakeUpstream.time + day)
    #expect(try gap.near.run("sync", "--accept-removal").code == 0)
    try gap.export()
    try expectRefusal(gap, code: 65, "2 of 3 products", "--accept-removal")
    #expect(try gap.take("--accept-removal").code == 0)
    #expect(try gap.served().allSatisfy { $0.hasPrefix("noble/") })
  }

  private func releases(_ count: Int, version: String = "20260101") -> JSONValue {
    let all = [("noble", "24.04"), ("jammy", "22.04"), ("focal", "20.04")].prefix(count).map {
      Catalogue.ubuntu(versions: [version], release: $0.0, number: $0.1)
    }
    return all.dropFirst().reduce(all[0], Catalogue.joined)
  }

  /// Fresh documents, of which the bundle's list keeps back what is new: a rollback of images without one of documents.
  @Test func whatTheBundleKeepsBackIsMissingAndTakesNothingAway() throws {
    let gap = try AirGap(keep: 1)
    try gap.carry([Catalogue.ubuntu(versions: ["20260102"])])
    #expect(try gap.take().code == 0)
    // Upstream lists an older version as well by now, of which the bundle says that it is the only one.
    try gap.upstream.publish(
      [Catalogue.ubuntu(versions: ["20260101", "20260102", "20260103"])], updated: FakeUpstream.time + day)
    try gap.near.write(
      Mirror.source("stable", gap.upstream, keep: 3) + Mirror.publication(AirGap.publication, ["stable"]))
    #expect(try gap.near.run("sync").code == 0)
    try gap.export()
    try rewrite(gap.bundle) { snapshot in snapshot.items.removeAll { $0.version != "20260101" } }
    let run = try gap.take()
    #expect(run.code == 1 && run.output.contains("20260103: item"), "\(run.output)\(run.errors)")
    #expect(try gap.served().allSatisfy { $0.contains("/20260102/") })
    // And the honest one brings it.
    try gap.export()
    #expect(try gap.take().code == 0)
    #expect(try gap.served().allSatisfy { $0.contains("/20260103/") })
  }

  /// Products that the near side no longer takes, or that somebody took out of the list.
  @Test func aProductThatTheBundleLacksStaysAndIsTold() throws {
    let gap = try AirGap()
    try gap.carry([releases(3)])
    #expect(try gap.take().code == 0)
    let before = try gap.served()
    try rewrite(gap.bundle) { snapshot in snapshot.items.removeAll { !$0.path.string.hasPrefix("noble/") } }
    let run = try gap.take()
    #expect(run.code == 0 && run.errors.contains("2 products that are here are not in the bundle"), "\(run.errors)")
    #expect(try gap.served() == before)
    try rewrite(gap.bundle) { $0.items = [] }
    let none = try AirGap.far(of: gap.upstream)
    let empty = try none.run("import", gap.bundle)
    #expect(empty.code == 78 && empty.errors.contains("the bundle has nothing that is selected"), "\(empty.errors)")
  }

  @Test func aListOfManyThousandsCostsNoMemory() throws {
    let gap = try underWay()
    try rewrite(gap.bundle) { snapshot in
      snapshot.missing = (0..<20_000).map { .init(product: "made up \($0)", version: "1", reason: "") }
      let sample = snapshot.documents[0]
      snapshot.documents += (0..<4_000).map { number in
        var document = sample
        (document.role, document.contentID, document.received) = (.products, "com.example.\(number):x", [])
        return document
      }
    }
    let (run, peak) = try gap.far.measure("import", gap.bundle, "--publish")
    #expect(run.code == 0, "\(run.errors)")
    #expect(peak < Mirror.allowed(megabytes: 150), "\(peak) MB")
  }

  /// The version stays away, by name, and all others come.
  @Test(arguments: ["other bytes", "shorter", "gone", "a folder", "a pipe", "a link"])
  func aSpoiltFileLeavesItsVersionOut(how: String) throws {
    let gap = try underWay()
    let blob = try gap.blob("noble/amd64/20260102/squashfs")
    let whole = try #require(FileManager.default.contents(atPath: blob))
    try FileManager.default.removeItem(atPath: blob)
    switch how {
    case "other bytes": try overwrite(blob, Data(whole.dropLast() + [0]))
    case "shorter": try overwrite(blob, Data(whole.dropLast()))
    case "gone": break
    case "a folder": try FileManager.default.createDirectory(atPath: blob, withIntermediateDirectories: false)
    case "a pipe": #expect(mkfifo(blob, 0o644) == 0)
    default: try FileManager.default.createSymbolicLink(atPath: blob, withDestinationPath: "/dev/zero")
    }
    let run = try gap.take()
    #expect(run.code == 1 && run.output.contains("missing    com.ubuntu.maas.stable"), "\(run.output)\(run.errors)")
    #expect(run.output.contains("bundle:\(gap.bundle)/stable/noble/amd64/20260102/squashfs"), "\(run.output)")
    #expect(try gap.served().contains(squashfs))
    if how == "a folder" || how == "a pipe" || how == "a link" { return }
    // Whoever reads the medium through writes again what is wrong with it.
    let check = try gap.near.json("export", gap.bundle, "--check")
    #expect(check["written_files"] == .number("1"), "\(check)")
    let again = try gap.take()
    #expect(again.code == 0, "\(again.errors)")
    #expect(try gap.served().contains("noble/amd64/20260102/squashfs"))
  }

  @Test func whatTheMediumCannotReadLeavesItsVersionOut() throws {
    guard let disk = try FailingDisk() else { return }
    let gap = try underWay()
    let blob = try gap.blob("noble/amd64/20260102/squashfs")
    let run = try ProcessRun.run(
      Mirror.binary, ["import", gap.bundle, "--publish", "--config", gap.far.configuration],
      environment: ["LD_PRELOAD": disk.library, "DISK_UNREADABLE": blob])
    #expect(run.code == 1 && run.output.contains("Check the medium"), "\(run.output)\(run.errors)")
    #expect(try gap.served().contains(squashfs))
    // It was the medium, and not the file.
    let again = try gap.take()
    #expect(again.code == 0, "\(again.errors)")
    #expect(try gap.served().contains("noble/amd64/20260102/squashfs"))
  }

  @Test func aBundleThatCannotBeReadIsTold() throws {
    let gap = try underWay()
    let manifest = "\(gap.bundle)/bundle.json"
    let good = try #require(FileManager.default.contents(atPath: manifest))
    let text = String(decoding: good, as: UTF8.self)
    let bad: [(String, String)] = [
      ("", "is not whole JSON"), ("{}", "is not whole JSON"),
      (text.replacingOccurrences(of: "bundle:1", with: "bundle:2"), "bundle:1 only"),
      (text.replacingOccurrences(of: "\"stable\"", with: "\"sta\\u001b[2Jble\""), "does not name its sources"),
      (text.replacingOccurrences(of: "\"stable\"", with: "\"candidate\""), "no [[source]]"),
    ]
    for (bytes, reason) in bad {
      try overwrite(manifest, Data(bytes.utf8))
      let run = try gap.take()
      #expect(run.code == (reason == "no [[source]]" ? 78 : 65), "\(bytes): \(run.errors)")
      #expect(run.errors.contains(gap.bundle) && !run.errors.contains("\u{1B}"), "\(run.errors)")
      #expect(run.errors.contains(reason), "\(run.errors)")
    }
    // The next export makes it right.
    try gap.export()
    let id = try #require(try SnapshotStore(DataFolder(root: gap.bundle)).ids().first)
    try overwrite("\(gap.bundle)/snapshots/\(id).json", Data("{}".utf8))
    try expectRefusal(gap, code: 65, "\(id).json", "export to it again")
    try FileManager.default.removeItem(atPath: "\(gap.bundle)/snapshots/\(id).json")
    try expectRefusal(gap, code: 65, "is gone")
    let elsewhere = gap.medium.file("elsewhere")
    try overwrite(elsewhere, Data("{}".utf8))
    try FileManager.default.createSymbolicLink(
      atPath: "\(gap.bundle)/snapshots/\(id).json", withDestinationPath: elsewhere)
    try expectRefusal(gap, code: 65, "it is no file")
    try gap.export()
    #expect(try gap.take().code == 0)
    let nowhere = try gap.far.run("import", gap.medium.file("nowhere"))
    #expect(nowhere.code == 64 && nowhere.errors.contains("there is no bundle in \(gap.medium.file("nowhere"))"))
  }

  /// What is written to and cleaned up must be a bundle: not a mirror, nobody else's folder, and nothing that a link leads to.
  @Test func anExportTouchesNothingButABundle() throws {
    let gap = try underWay()
    let before = try gap.near.state()
    for folder in [gap.near.data, "\(gap.near.data)/blobs", "\(gap.near.data)/new", ""] {
      let run = try gap.near.run("export", folder)
      #expect(run.code == 64, "\(folder): \(run.errors)")
    }
    #expect(try gap.near.state() == before)
    let mirror = try gap.near.run("export", gap.far.data)
    #expect(mirror.code == 64 && mirror.errors.contains("no part of a bundle"), "\(mirror.errors)")
    let trap = gap.medium.file("trap")
    let precious = gap.medium.file("precious")
    let places = [
      "blobs", "blobs/sha256", "blobs/sha256/ab", "snapshots", "incoming", "lock", "quarantine", "bundle.json",
    ]
    for place in places {
      try? FileManager.default.removeItem(atPath: trap)
      try FileManager.default.copyItem(atPath: gap.bundle, toPath: trap)
      try? FileManager.default.removeItem(atPath: "\(trap)/\(place)")
      let target =
        place.contains("b/") || !["lock", "bundle.json"].contains(place) ? "\(gap.far.data)/\(place)" : precious
      try overwrite(precious, Data("precious".utf8))
      try FileManager.default.createSymbolicLink(atPath: "\(trap)/\(place)", withDestinationPath: target)
      let run = try gap.near.run("export", trap)
      #expect(run.code == 64 && run.errors.contains("no part of a bundle"), "\(place): \(run.errors)")
      #expect(try String(contentsOfFile: precious, encoding: .utf8) == "precious")
    }
    #expect(try StoreInvariants.violations(in: gap.far.data) == [])
    #expect(try gap.near.run("export", gap.medium.file("not/there")).code == 74)
    #expect(!FileManager.default.fileExists(atPath: gap.medium.file("not")))
  }

  @Test(arguments: ["bundle.json", "lock", "incoming/movie.part", "snapshots/mine", "blobs/mine"])
  func aFolderOfSomebodyElsesIsLeftAsItIs(name: String) throws {
    let gap = try underWay()
    let folder = gap.medium.file("other")
    let file = URL(fileURLWithPath: "\(folder)/\(name)")
    try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("{\"name\": \"mine\"}".utf8).write(to: file)
    let run = try gap.near.run("export", folder)
    #expect(run.code == 64 && run.errors.contains("no part of a bundle"), "\(run.errors)")
    #expect(try Data(contentsOf: file) == Data("{\"name\": \"mine\"}".utf8))
    // Beside other things it may be.
    try FileManager.default.moveItem(at: file, to: URL(fileURLWithPath: "\(folder)/holiday.jpg"))
    try? FileManager.default.removeItem(at: file.deletingLastPathComponent().appendingPathComponent("mine"))
    for empty in ["incoming", "snapshots", "blobs"] { rmdir("\(folder)/\(empty)") }
    #expect(try gap.near.run("export", folder).code == 0)
    #expect(FileManager.default.fileExists(atPath: "\(folder)/holiday.jpg"))
  }

  /// One that cannot be used hides neither another bundle nor the sources.
  @Test func aRepairGoesOnBehindABundleThatCannotBeUsed() throws {
    let gap = try underWay()
    let mirror = try Mirror(source: gap.upstream)
    try mirror.begin()
    let blob = DataFolder(root: mirror.data).blob(
      SHA256Digest(hashing: try #require(gap.upstream.file("noble/amd64/20260102/squashfs"))))
    for bundles in [
      ["--bundle", gap.medium.file("none")], ["--bundle", gap.medium.file("none"), "--bundle", gap.bundle],
    ] {
      try FileManager.default.removeItem(atPath: blob)
      let run = try ProcessRun.run(
        Mirror.binary, ["verify", "--repair"] + bundles + ["--config", mirror.configuration])
      #expect(run.code == 0 && run.errors.contains("there is no bundle in"), "\(run.output)\(run.errors)")
      #expect(FileManager.default.fileExists(atPath: blob))
    }
  }
}
