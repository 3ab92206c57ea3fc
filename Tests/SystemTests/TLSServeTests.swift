import Foundation
import Glibc
import Simplestreams
import Storage
import TestSupport
import Testing

/// HTTPS with a certificate made on the spot, and curl as the client.
@Suite(.serialized, .enabled(if: Certificate.isPossible, "openssl and curl are needed"))
struct TLSServeTests {
  static func configuration(_ identity: Certificate, listen: String) -> String {
    """
    [serve]
    listen = "127.0.0.1:0"
    access_log = "off"
    tls = { certificate = "\(identity.certificate)", key = "\(identity.key)"\(listen) }

    [[source]]
    name = "none"
    url = "http://127.0.0.1:1/"
    unsigned = true

    [[publication]]
    path = "ephemeral-v3/stable"
    sources = ["none"]
    """
  }

  /// What is larger than a piece, so that several go out.
  private static let image = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }

  private func curl(_ arguments: String...) throws -> ProcessRun {
    try ProcessRun.run("/usr/bin/env", ["curl", "-sS", "--noproxy", "*", "--max-time", "30"] + arguments)
  }

  @Test func servesPlainAndEncryptedSideBySide() throws {
    let folder = try TemporaryFolder()
    let identity = try Certificate(in: folder, name: "first")
    let mirror = try Mirror(Self.configuration(identity, listen: ", listen = \"127.0.0.1:0\""))
    let served = try ServedMirror(mirror, listen: [], count: 2)
    let (plain, secure) = (served.addresses[0], served.addresses[1])
    #expect(plain.hasPrefix("http://") && secure.hasPrefix("https://"))
    #expect(try curl("\(plain)healthz").output == "ok\n")
    #expect(try curl("--cacert", identity.certificate, "\(secure)healthz").output == "ok\n")
    // Without trust in the certificate nobody gets anything, and HTTP in the clear is not answered there.
    #expect(try curl("\(secure)healthz").code == 60)
    #expect(try curl(secure.replacingOccurrences(of: "https:", with: "http:") + "healthz").output == "")
    #expect(try curl("--cacert", identity.certificate, "--tls-max", "1.1", "\(secure)healthz").code == 35)
    let page = try curl("--cacert", identity.certificate, secure).output
    #expect(page.contains("maas-mirror"))
    #expect(try curl("\(plain)metrics").output.contains("\nmaas_mirror_certificate_not_after_timestamp_seconds "))
    #expect(served.stop() == 0)
  }

  @Test func allAddressesSpeakTLSWhereItHasNoneOfItsOwn() throws {
    let folder = try TemporaryFolder()
    let identity = try Certificate(in: folder, name: "first")
    let mirror = try Mirror(Self.configuration(identity, listen: ""))
    let served = try ServedMirror(mirror, listen: [])
    #expect(served.addresses.map { $0.hasPrefix("https://") } == [true])
    #expect(try curl("--cacert", identity.certificate, "\(served.addresses[0])healthz").output == "ok\n")
    let lines = try mirror.run("boot-source", "--host", "mirror.example").output
    #expect(lines.contains("url=https://mirror.example/ephemeral-v3/stable/ "))
    #expect(served.stop() == 0)
  }

  @Test func filesAndRangesComeWholeThroughTLS() throws {
    let folder = try TemporaryFolder()
    let identity = try Certificate(in: folder, name: "first")
    let mirror = try Mirror(Self.configuration(identity, listen: ""))
    try mirror.publish(["image": Self.image])
    let served = try ServedMirror(mirror, listen: [])
    let (url, target) = ("\(served.addresses[0])ephemeral-v3/stable/image", folder.file("image"))
    #expect(try curl("--cacert", identity.certificate, "-o", target, url).code == 0)
    #expect(try Data(contentsOf: URL(filePath: target)).elementsEqual(Self.image))
    let part = folder.file("part")
    #expect(try curl("--cacert", identity.certificate, "-r", "131000-400000", "-o", part, url).code == 0)
    #expect(try Data(contentsOf: URL(filePath: part)).elementsEqual(Self.image[131_000...400_000]))
    #expect(served.stop() == 0)
  }

  /// RFC 9112 §9.8, RFC 8446 §6.1: who has asked may end its side, with close_notify or without, and still gets its
  /// answer. It is more than the buffers of both sockets hold, so that most of it is sent after that.
  @Test(arguments: ["TLSv1_2", "TLSv1_3"], ["fin", "notify"])
  func aClientThatEndsItsSideStillGetsItsAnswer(version: String, ending: String) throws {
    guard let python = Needed.program("python3", for: "a client that ends its side of a TLS connection") else { return }
    let folder = try TemporaryFolder()
    let identity = try Certificate(in: folder, name: "first")
    let mirror = try Mirror(Self.configuration(identity, listen: ""))
    let large = [UInt8](repeating: 7, count: 8 << 20)
    try mirror.publish(["image": large])
    let served = try ServedMirror(mirror, listen: [])
    let place = served.address.split(separator: ":").map(String.init)
    let script = "\(Catalogue.root)/Tests/SystemTests/Peers/tls_half_close.py"
    let target = "/ephemeral-v3/stable/image"
    let run = try ProcessRun.run(
      python, [script, place[0], place[1], target, identity.certificate, version, ending])
    #expect(run.output == "\(large.count) 7\n", "\(run.errors)")
    #expect(served.stop() == 0)
  }

  /// A new certificate is for new connections; a transfer that runs is not cut.
  @Test func aReloadShowsTheNewCertificateAndCutsNothing() throws {
    let folder = try TemporaryFolder()
    let (first, second) = (try Certificate(in: folder, name: "first"), try Certificate(in: folder, name: "second"))
    let mirror = try Mirror(Self.configuration(first, listen: ""))
    try mirror.publish(["image": Self.image])
    let served = try ServedMirror(mirror, listen: [])
    let (url, target) = ("\(served.addresses[0])ephemeral-v3/stable/image", folder.file("slow"))
    let slow = try SpawnedProcess(
      "/usr/bin/env",
      ["curl", "-sS", "--noproxy", "*", "--cacert", first.certificate, "--limit-rate", "300k", "-o", target, url])
    #expect(waits { (try? FileManager.default.attributesOfItem(atPath: target)[.size] as? Int) ?? 0 > 0 })
    try mirror.write(Self.configuration(second, listen: ""))
    served.signal(SIGHUP)
    #expect(served.says("was read again"))
    #expect(try curl("--cacert", second.certificate, "\(served.addresses[0])healthz").output == "ok\n")
    #expect(try curl("--cacert", first.certificate, "\(served.addresses[0])healthz").code == 60)
    #expect(slow.wait(seconds: 30) == 0)
    #expect(try Data(contentsOf: URL(filePath: target)).elementsEqual(Self.image))
    // A key that does not belong to the certificate: the old pair stays.
    try mirror.write(
      Self.configuration(second, listen: "").replacingOccurrences(of: second.key, with: first.key))
    served.signal(SIGHUP)
    #expect(served.says("it is not the key of the certificate"))
    #expect(try curl("--cacert", second.certificate, "\(served.addresses[0])healthz").output == "ok\n")
    #expect(served.stop() == 0)
  }

  @Test func aFileThatIsNoCertificateIsToldBeforeAnythingIsServed() throws {
    let folder = try TemporaryFolder()
    let identity = try Certificate(in: folder, name: "first")
    let mirror = try Mirror(
      Self.configuration(identity, listen: "").replacingOccurrences(of: identity.certificate, with: identity.key))
    let run = try mirror.run("serve")
    #expect(run.code == 78)
    #expect(run.errors.contains("\(identity.key): it holds no certificate in PEM form"))
  }

  private func waits(until condition: () -> Bool) -> Bool {
    for _ in 0..<1000 {
      if condition() { return true }
      usleep(10_000)
    }
    return false
  }
}

extension Mirror {
  /// Publishes a tree of these items, as another process would.
  func publish(_ items: [String: [UInt8]]) throws {
    let folder = DataFolder(root: data)
    try folder.create()
    let blobs = FileBlobStore(folder)
    let path = try #require(PublicationPath("ephemeral-v3/stable"))
    func file(_ name: String, _ bytes: [UInt8]) throws -> PublishedTree.File {
      .init(
        path: try TreePath(document: name), sha256: try blobs.insert(bytes), size: Int64(bytes.count),
        modified: 1_770_000_000)
    }
    try PublicationStore(folder, blobs: blobs).publish(
      PublishedTree(
        path: path, signed: .upstream, key: nil, keyring: nil, sources: [],
        documents: [try file("streams/v1/index.sjson", Array("made up".utf8))],
        items: try items.keys.sorted().map { try file($0, items[$0] ?? []) }, contents: [:]),
      at: 1_770_000_000)
  }
}

/// A certificate for 127.0.0.1 that vouches for itself.
struct Certificate {
  static let isPossible = ["openssl", "curl"].allSatisfy { Needed.program($0, for: "HTTPS") != nil }

  let certificate: String
  let key: String

  /// - Parameter days: how long it holds; where that is over, it has held for a day.
  init(in folder: TemporaryFolder, name: String, for subject: String = "IP:127.0.0.1", days: Int = 2) throws {
    certificate = folder.file("\(name)-certificate.pem")
    key = folder.file("\(name)-key.pem")
    try Self.openssl(
      "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=\(name)",
      "-addext", "subjectAltName=\(subject)", "-keyout", key, "-out", folder.file("\(name).csr"))
    try Self.openssl(
      "x509", "-req", "-in", folder.file("\(name).csr"), "-signkey", key, "-days", "\(days)", "-copy_extensions",
      "copy",
      "-out", certificate)
  }

  private static func openssl(_ arguments: String...) throws {
    let run = try ProcessRun.run("/usr/bin/env", ["openssl"] + arguments)
    try #require(run.code == 0, "\(run.errors)")
  }
}
