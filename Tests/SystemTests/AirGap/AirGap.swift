import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// Two mirrors with an air gap between them: one that has an upstream, one that has nothing but what is carried to it.
struct AirGap {
  static let publication = "ephemeral-v3/stable"

  let upstream: FakeUpstream
  let near: Mirror
  let far: Mirror
  /// Where the medium is.
  let medium: TemporaryFolder

  var bundle: String { medium.file("images") }

  init(keep: Int = 2, nearSelect: String = "", farSelect: String = "") throws {
    upstream = try FakeUpstream()
    medium = try TemporaryFolder()
    near = try Mirror(source: upstream, keep: keep, select: nearSelect)
    far = try Self.far(of: upstream, keep: keep, select: farSelect)
    #expect(try near.run("keys", "create").code == 0)
  }

  /// A mirror that has nothing yet but a key.
  static func far(of upstream: FakeUpstream, keep: Int = 2, select: String = "") throws -> Mirror {
    let far = try Mirror(
      carried(Mirror.source("stable", upstream, keep: keep, select: select), upstream)
        + Mirror.publication(publication, ["stable"]))
    #expect(try far.run("keys", "create").code == 0)
    return far
  }

  /// A source without its address.
  static func carried(_ source: String, _ upstream: FakeUpstream) -> String {
    source.replacingOccurrences(of: "url = \"\(upstream.url)\"", with: "carried = true")
  }

  /// Upstream offers what the near side takes and writes to the medium.
  func carry(
    _ catalogue: [JSONValue], updated: Int64 = FakeUpstream.time, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try upstream.publish(catalogue, updated: updated)
    let sync = try near.run("sync")
    #expect(sync.code == 0, "\(sync.errors)", sourceLocation: sourceLocation)
    try export(sourceLocation: sourceLocation)
  }

  func export(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let run = try near.run("export", bundle)
    #expect(run.code == 0, "\(run.errors)", sourceLocation: sourceLocation)
  }

  /// What comes of an import, which is published as well.
  func take(_ more: String...) throws -> ProcessRun {
    try ProcessRun.run(
      Mirror.binary, ["import", bundle, "--publish"] + more + ["--config", far.configuration], folder: far.folder.path)
  }

  /// The paths that the far side serves.
  func served() throws -> Set<String> {
    Set(try StoreState.trees(in: far.data)[Self.publication]?.items.map(\.path.string) ?? [])
  }

  /// Where the bundle has one of upstream's files.
  func blob(_ path: String) throws -> String {
    DataFolder(root: bundle).blob(SHA256Digest(hashing: try #require(upstream.file(path))))
  }

  /// All files of the bundle, by name.
  func contents() throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: bundle).filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: "\(bundle)/\(path)", isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }
}
