import Catalog
import OrderedCollections
import Serving
import Simplestreams
import Storage

/// What each client took and whether it lags behind what is published.
struct ClientsReport {
  struct Client {
    var known: KnownClient
    var images: [ClientImage]
  }

  let clients: [Client]
  private let now: Int64

  /// - Returns: `nil` where no server has written anything down yet.
  init?(_ folder: DataFolder, now: Int64) throws {
    guard try FileBlobStore.exists(folder.clients) else { return nil }
    let history = try ClientHistory(path: folder.clients, readOnly: true)
    let publications = PublicationStore(folder, blobs: FileBlobStore(folder))
    var files = try history.files()
    var published: [String: [String: ImageVersion]] = [:]
    for path in try publications.paths() {
      // What is damaged is told by “status” and “verify”; here nothing of it counts as published.
      guard let record = try? publications.record(path), let tree = try? publications.tree(record.current.tree) else {
        continue
      }
      let images = PublishedImages(tree, from: SnapshotStore(folder))
      published[path.string] = images.newest
      // What the history says of versions that have gone; of those that are there it may have been written by an older server.
      for image in images.versions {
        files[.init(publication: path.string, product: image.product, version: image.version)] = image.files
      }
    }
    self.now = now
    clients = try history.clients().map { known in
      Client(
        known: known,
        images: ClientImage.all(
          try history.taken(by: known.id), held: try history.held(by: known.id), files, published))
    }
  }

  var text: String {
    if clients.isEmpty { return "no client is on record" }
    return clients.map { client in
      let known = client.known
      let address = known.id == known.address ? "" : " at \(known.address)"
      let head = "\(known.id)\(address), last seen \(Clock.age(now - known.lastSeen)) ago, \(Self.short(known.agent))"
      if client.images.isEmpty { return "\(head)\n  took no image" }
      let table = Console.table(
        ["PUBLICATION", "RELEASE", "ARCH", "NEWEST TAKEN", "PUBLISHED", "STATE"], client.images.map(\.row))
      return "\(head)\n" + table.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// An agent is as long as a client likes; `--json` has all that was kept of it.
  private static func short(_ agent: String?) -> String {
    guard let agent else { return "no agent" }
    return agent.count > agentLimit ? "\(agent.prefix(agentLimit))…" : agent
  }

  private static let agentLimit = 120

  var json: JSONValue {
    .array(
      clients.map { client in
        let known = client.known
        return .object([
          "id": .string(known.id), "address": .string(known.address), "agent": .text(known.agent),
          "first_seen": .time(known.firstSeen), "last_seen": .time(known.lastSeen),
          "age_seconds": .number(now - known.lastSeen),
          "behind": .bool(client.images.contains { $0.state == .behind }), "images": .array(client.images.map(\.json)),
        ])
      })
  }
}
