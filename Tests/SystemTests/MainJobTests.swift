import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// The main job on real input: sync, publish, serve, and clients that MAAS is made of.
@Suite struct MainJobTests {
  @Test func theDemoChecksEveryAdvertisedFile() throws {
    let run = try ProcessRun.run(Mirror.binary, ["demo", "--once"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(run.output.contains("every size and hash is right"))
    #expect(run.output.contains("maas $PROFILE boot-source update $ID url="))
  }

  @Test func theDemoSaysThatItsPortIsTakenAndWhichIsNone() throws {
    let holder = try FakeUpstream()
    let port = try #require(URL(string: "\(holder.url)")?.port)
    let taken = try ProcessRun.run(Mirror.binary, ["demo", "--once", "--port", "\(port)"])
    #expect(taken.code == 75 && taken.errors.contains("--port"), "\(taken.errors)")
    let none = try ProcessRun.run(Mirror.binary, ["demo", "--once", "--port", "80000"])
    #expect(none.code == 64 && none.errors.contains("80000"), "\(none.errors)")
  }

  @Test func aRegionFindsEverythingOfTheRealProductFiles() throws {
    guard let folder = Needed.realStream(for: "a region and the real stream") else { return }
    try check(try Catalogue.real(in: folder), products: 11)
  }

  @Test func aRegionFindsEverythingOfTheSeeds() throws {
    try check(try Catalogue.demo(), products: 14)
  }

  private func check(_ catalogue: [JSONValue], products: Int) throws {
    let upstream = try FakeUpstream()
    try upstream.publish(catalogue)
    let mirror = try Mirror(source: upstream)
    #expect(try mirror.run("keys", "create").code == 0)
    let sync = try mirror.run("sync")
    #expect(sync.code == 0, "\(sync.output) \(sync.errors)")
    #expect(mirror.leftovers.isEmpty)
    let publish = try mirror.run("publish")
    #expect(publish.code == 0, "\(publish.output) \(publish.errors)")
    #expect(try mirror.run("keys", "export", "--output", mirror.folder.file("keyring.gpg")).code == 0)
    let keyring = mirror.folder.file("keyring.gpg")
    let server = try mirror.serve()
    let walk = try RegionWalk(server, keyring: keyring)
    #expect(walk.products.flatMap(\.products).count == products)
    #expect(try server.get("keyring.gpg").body == Array(FileManager.default.contents(atPath: keyring) ?? Data()))
    try checkOtherClients(server, mirror, keyring, walk)
    try checkFolderListings(server, mirror, walk)
    #expect(server.stop() == 0)
  }

  private func checkOtherClients(
    _ server: ServedMirror, _ mirror: Mirror, _ keyring: String, _ walk: RegionWalk
  ) throws {
    guard let sstreamMirror = Needed.peer("sstream-mirror", for: "sstream-mirror as a client"),
      let sstreamQuery = Needed.peer("sstream-query", for: "sstream-query as a client")
    else { return }
    let target = mirror.folder.file("peer")
    let url = server.url("ephemeral-v3/stable/")
    let copy = try ProcessRun.run(sstreamMirror, ["--keyring=\(keyring)", url, target])
    #expect(copy.code == 0, "\(copy.errors)")
    for (path, digest) in walk.files {
      let bytes = try #require(FileManager.default.contents(atPath: "\(target)/\(path)"))
      #expect(SHA256Digest(hashing: Array(bytes)) == digest)
    }
    let query = try ProcessRun.run(
      sstreamQuery,
      ["--keyring=\(keyring)", "\(url)streams/v1/index.sjson", "--output-format=%(path)s"])
    #expect(query.code == 0, "\(query.errors)")
    #expect(Set(query.output.split(separator: "\n").map(String.init)) == Set(walk.files.keys.map(\.string)))
  }

  private func checkFolderListings(_ server: ServedMirror, _ mirror: Mirror, _ walk: RegionWalk) throws {
    guard let wget = Needed.program("wget", for: "wget --mirror") else { return }
    let target = mirror.folder.file("wget")
    let run = try ProcessRun.run(
      wget, ["-q", "--mirror", "--no-parent", "-nH", "-P", target, server.url("ephemeral-v3/stable/")])
    #expect(run.code == 0, "\(run.errors)")
    let enumerator = FileManager.default.enumerator(atPath: "\(target)/ephemeral-v3/stable")
    var found: Set<String> = []
    while let name = enumerator?.nextObject() as? String {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: "\(target)/ephemeral-v3/stable/\(name)", isDirectory: &isFolder)
      else { continue }
      if !isFolder.boolValue, !name.hasSuffix("index.html") { found.insert(name) }
    }
    let items = found.filter { !$0.contains("streams/v1/") }
    #expect(items == Set(walk.files.keys.map(\.string)))
    #expect(found.contains("streams/v1/index.sjson") && found.contains("streams/v1/index.json.gpg"))
    #expect(found.contains("upstream/streams/v1/index.sjson"))
  }
}
