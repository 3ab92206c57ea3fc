import Catalog
import OrderedCollections
import Serving
import Simplestreams

/// What a client has of one release for one architecture.
struct ClientImage {
  enum State: String {
    case current
    case behind
    /// It has got nothing whole yet.
    case inPart = "in part"
    /// What it has is not published any more.
    case withdrawn
  }

  let publication: String
  let release: String
  let architecture: String
  let state: State
  /// The newest version of which it got every file.
  let newest: String?
  /// The newest version that is published of what it takes.
  let published: String?
  /// What it has begun and is newer.
  private let begun: TakenVersion?
  private let versions: [TakenVersion]

  /// - Parameters:
  ///   - held: every file that the client got whole. What it got as part of something else it does not ask for again.
  ///   - files: of every version that anyone took.
  ///   - published: by publication and product the newest version.
  static func all(
    _ taken: [TakenVersion], held: Set<SHA256Digest>, _ files: [PublishedVersion: Set<SHA256Digest>],
    _ published: [String: [String: ImageVersion]]
  ) -> [ClientImage] {
    var groups: OrderedDictionary<[String], [TakenVersion]> = [:]
    for version in taken {
      groups[[version.publication, version.release, version.architecture], default: []].append(version)
    }
    let borrowed = borrowed(taken, held: held, files)
    return groups.values.filter { !borrowed.isSuperset(of: $0.map(PublishedVersion.init)) }
      .map { ClientImage($0, held: held, published[$0[0].publication] ?? [:]) }
  }

  /// The versions of which the client has only files that it got with others, which it has whole: releases share some, and
  /// that says nothing of whether it wants both.
  private static func borrowed(
    _ taken: [TakenVersion], held: Set<SHA256Digest>, _ files: [PublishedVersion: Set<SHA256Digest>]
  ) -> Set<PublishedVersion> {
    let whole = taken.filter(\.isWhole).reduce(into: Set<SHA256Digest>()) {
      $0.formUnion(files[PublishedVersion($1)] ?? [])
    }
    return Set(
      taken.filter { !$0.isWhole }.map(PublishedVersion.init).filter { version in
        guard let its = files[version]?.intersection(held) else { return false }
        return !its.isEmpty && its.isSubset(of: whole)
      })
  }

  private init(_ versions: [TakenVersion], held: Set<SHA256Digest>, _ published: [String: ImageVersion]) {
    (publication, release, architecture) = (versions[0].publication, versions[0].release, versions[0].architecture)
    self.versions = versions
    let whole = versions.filter(\.isWhole)
    newest = whole.map(\.version).max(by: Self.precedes)
    // A squashfs belongs to every kernel of its release: only of what it has whole is it known that the client wants it.
    let wanted = Set((whole.isEmpty ? versions : whole).map(\.product))
    let offered = wanted.compactMap { published[$0] }
    self.published = offered.map(\.version).max(by: Self.precedes)
    begun = versions.filter { [newest] in
      wanted.contains($0.product) && !$0.isWhole && $0.complete > 0 && Self.precedes(newest ?? "", $0.version)
    }.max { Self.precedes($0.version, $1.version) }
    if whole.isEmpty {
      state = .inPart
    } else if offered.isEmpty {
      state = .withdrawn
    } else {
      state = offered.allSatisfy { held.isSuperset(of: $0.files) } ? .current : .behind
    }
  }

  /// C order, as regions choose.
  private static func precedes(_ first: String, _ second: String) -> Bool {
    first.utf8.lexicographicallyPrecedes(second.utf8)
  }

  var row: [String] {
    let progress = begun.map { ", \($0.held) of \($0.files) files of \($0.version)" } ?? ""
    return [
      "/\(publication)/", release, architecture, newest ?? "none", published ?? "none", state.rawValue + progress,
    ]
  }

  var json: JSONValue {
    .object([
      "publication": .string(publication), "release": .string(release), "arch": .string(architecture),
      "newest_taken": .text(newest), "newest_published": .text(published), "state": .string(state.rawValue),
      "behind": .bool(state == .behind),
      "versions": .array(
        versions.map { version in
          .object([
            "product": .string(version.product), "version": .string(version.version), "files": .count(version.files),
            "files_taken": .count(version.held), "whole": .bool(version.isWhole),
            "downloads_complete": .count(version.complete), "downloads_incomplete": .count(version.incomplete),
            "bytes": .number(version.bytes), "first_seen": .time(version.firstSeen),
            "last_seen": .time(version.lastSeen),
          ])
        }),
    ])
  }
}
