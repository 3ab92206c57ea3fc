import Foundation
import OrderedCollections
import Simplestreams
import Storage
import TestSupport
import Testing

/// Upstream's documents, byte for byte, where they would break whoever reads them. MAAS 3.8 takes a whole source or none of it.
@Suite struct UpstreamSignedTests {
  private static let product = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"

  /// What a signer may do, and by which name it is told.
  enum Fault: String, CaseIterable {
    case noClearSignedIndex = "streams/v1/index.sjson"
    case notification = "datatype “release-notifications” breaks MAAS 3.8"
    case core = "product com.ubuntu.maas.stable:v3:core: MAAS 3.8 rejects"
    case oldVersionWithoutManifest = "version 20251201: manifest is missing"
    case inheritedLabel = "“label” is missing"
    case mixedKinds = "kinds are mixed in one file"
    case capitals = "version 20260101, item squashfs: its sha256 is written in capitals"
  }

  private func offer(_ fault: Fault, _ upstream: FakeUpstream) throws {
    var catalogue = Catalogue.ubuntu(versions: ["20251201", "20260101"])
    switch fault {
    case .noClearSignedIndex, .notification, .capitals: break
    case .core:
      var core = catalogue["products"]?[Self.product]
      core?["os"] = .string("ubuntu-core")
      let item: JSONValue = .object(["ftype": .string("root-dd.xz"), "path": .string("core/root-dd.xz")])
      core?["versions"] = .object(["1": .object(["items": .object(["root-dd.xz": item])])])
      catalogue["products"]?["com.ubuntu.maas.stable:v3:core"] = core
    case .oldVersionWithoutManifest:
      catalogue["products"]?[Self.product]?["versions"]?["20251201"]?["items"]?["manifest"] = nil
    case .inheritedLabel:
      catalogue["products"]?[Self.product]?["label"] = nil
      catalogue["label"] = .string("stable")
    case .mixedKinds:
      let bootloaders = try Catalogue.demo().first { $0["content_id"]?.string?.contains("bootloader") == true }
      catalogue = Catalogue.joined(catalogue, try #require(bootloaders))
    }
    let forms: FakeUpstream.Forms = fault == .noClearSignedIndex ? [.plain, .detached] : .all
    try upstream.publish(
      [catalogue], forms: forms,
      edit: { document in
        let path = ["products", Self.product, "versions", "20260101", "items", "squashfs"]
        guard fault == .capitals, let digest = path.reduce(document, { $0?[$1] })?["sha256"]?.string else { return }
        document["products"]?[Self.product]?["versions"]?["20260101"]?["items"]?["squashfs"]?["sha256"] =
          .string(digest.uppercased())
      },
      editIndex: { index in
        guard fault == .notification else { return }
        index["index"]?["com.ubuntu.maas:notify"] = .object([
          "datatype": .string("release-notifications"), "format": .string("products:1.0"),
          "path": .string("streams/v1/com.ubuntu.maas:notify.sjson"), "products": .array([.string("x")]),
          "updated": .string(Timestamp(seconds: FakeUpstream.time).mail),
        ])
      })
  }

  @Test(arguments: Fault.allCases)
  func whatWouldBreakEveryRegionIsRefusedByName(fault: Fault) throws {
    let upstream = try FakeUpstream()
    try offer(fault, upstream)
    let select = "[[source.select]]\nos = [\"ubuntu\"]\n"
    let mirror = try Mirror(source: upstream, keep: 1, signed: "upstream", select: select)
    #expect(try mirror.run("keys", "create").code == 0)
    let plan = try mirror.run("plan")
    #expect(plan.output.contains("REFUSED") && plan.output.contains(fault.rawValue), "\(plan.output)")
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 65, "\(run.output)")
    #expect(run.errors.contains(fault.rawValue) && run.errors.contains("signed = \"local\""), "\(run.errors)")
    #expect(try mirror.state().keys.allSatisfy { !$0.hasPrefix("publications") })
    // And the remedy is one.
    try mirror.write(
      Mirror.source("stable", upstream, keep: 1, select: select) + Mirror.publication("ephemeral-v3/stable", ["stable"])
    )
    let local = try mirror.run("sync", "--publish")
    #expect(local.code == 0, "\(local.output) \(local.errors)")
    #expect(try !mirror.run("plan").output.contains("REFUSED"))
  }

  @Test func whatTheIndexAndItsProductsFileBothLackIsToldOnce() throws {
    let upstream = try FakeUpstream()
    let id = "com.ubuntu.maas:stable:v3:download"
    try upstream.publish(
      [Catalogue.ubuntu(versions: ["20260101"])], edit: { $0["updated"] = .string("soon") },
      editIndex: { $0["index"]?[id]?["updated"] = .string("soon") })
    let plan = try Mirror(source: upstream, signed: "upstream").run("plan")
    #expect(
      plan.output.components(separatedBy: "\(id): “updated” is missing").count == 2, "\(plan.output)\(plan.errors)")
  }

  /// Old regions and the new one take what they know, and pass over other names.
  @Test func aNameThatMAASPassesOverHoldsNothingBack() throws {
    let upstream = try FakeUpstream()
    var catalogue = Catalogue.ubuntu(versions: ["20260101"])
    let product = catalogue["products"]?[Self.product]
    catalogue["products"]?["com.example:custom"] = product
    try upstream.publish([catalogue])
    let mirror = try Mirror(source: upstream, signed: "upstream")
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0, "\(run.output) \(run.errors)")
  }

  /// No region asks for them, but a mirror of this one that keeps more would fail at them for ever.
  @Test func olderVersionsThatAreListedInVainAreTold() throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20251201", "20251215", "20260101"])])
    let mirror = try Mirror(source: upstream, keep: 1, signed: "upstream")
    let told = "list 2 older versions whose files are not here"
    #expect(try mirror.run("plan").output.contains(told))
    let run = try mirror.run("sync", "--publish")
    #expect(
      run.code == 0 && run.output.contains(told) && run.output.contains("keep = 3"), "\(run.output) \(run.errors)")
    let notes = try mirror.json("plan").array?.first?["notes"]?.array?.compactMap(\.string) ?? []
    #expect(notes.contains { $0.contains(told) }, "\(notes)")
    try mirror.write(
      Mirror.source("stable", upstream, keep: 3)
        + Mirror.publication("ephemeral-v3/stable", ["stable"], signed: "upstream"))
    for command in [["plan"], ["sync", "--publish"]] {
      let run = try ProcessRun.run(
        Mirror.binary, command + ["--config", mirror.configuration], folder: mirror.folder.path)
      #expect(run.code == 0 && !run.output.contains("older version"), "\(run.output) \(run.errors)")
    }
  }

  /// By a 304, or with the same bytes.
  enum Sameness: CaseIterable {
    case notModified, whole
  }

  @Test(arguments: Sameness.allCases, ["404 Not Found", "503 Service Unavailable"])
  func aDocumentThatIsKnownKeepsItsOtherForm(sameness: Sameness, absence: String) throws {
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    let mirror = try Mirror(source: upstream, signed: "upstream")
    #expect(try mirror.run("sync", "--publish").code == 0)
    let served = try mirror.state().filter { $0.key.hasPrefix("publications") }
    #expect(!served.isEmpty)
    // Something is to be done, and the form that is not needed for it cannot be had just now.
    let squashfs = try #require(upstream.paths.first { $0.hasSuffix("squashfs") }?.dropFirst("/tree/".count))
    let image = SHA256Digest(hashing: try #require(upstream.file(String(squashfs))))
    try FileManager.default.removeItem(atPath: DataFolder(root: mirror.data).blob(image))
    for path in upstream.paths.map({ String($0.dropFirst("/tree/".count)) }) where path.hasPrefix("streams/") {
      let body = upstream.file(path) ?? []
      if !path.hasSuffix(".sjson") {
        upstream.misbehave(at: path) { _, _ in .answer(absence) }
      } else if sameness == .whole {
        upstream.misbehave(at: path) { _, _ in .answer("200 OK", body: body) }
      }
    }
    let run = try mirror.run("sync", "--publish")
    #expect(run.code == 0 && run.output.contains("1 file"), "\(run.output) \(run.errors)")
    #expect(try mirror.state().filter { $0.key.hasPrefix("publications") } == served, "\(run.output)")
  }

  @Test func anErrorOfOurOwnDiskIsNoFaultOfAForm() throws {
    guard let disk = try FailingDisk() else { return }
    let upstream = try FakeUpstream()
    try upstream.publish([Catalogue.ubuntu(versions: ["20260101"])])
    func mirror() throws -> Mirror { try Mirror(source: upstream, signed: "upstream") }
    let whole = try disk.run(try mirror(), ["sync"], .broken, at: 0)
    #expect(whole.run.code == 0, "\(whole.run.errors)")
    // What is put away of documents has no name.
    let isPutAway = { (step: String) in step.contains("write ") && step.contains("(deleted)") }
    var (tried, step) = (0, 0)
    while step < whole.steps.count {
      step += 1
      guard isPutAway(whole.steps[step - 1]) else { continue }
      let stumble = try disk.run(try mirror(), ["sync"], .broken, at: step)
      // Downloads at once take their steps in any order.
      guard let place = stumble.steps.first, isPutAway(place) else { continue }
      tried += 1
      #expect(stumble.run.code == 74, "\(place): \(stumble.run.output)\(stumble.run.errors)")
    }
    // The documents as received and signed, and their other forms with signatures.
    #expect(tried > 5)
  }
}
