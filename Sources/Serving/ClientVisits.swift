import Catalog
import Simplestreams

/// What downloads say about clients, for the history.
struct ClientVisits {
  private(set) var sightings: [ClientSighting] = []
  private(set) var takes: [ClientTake] = []
  /// By address: requests for documents by agents that do not say for whom. The new client of MAAS reads its index so.
  private(set) var passersBy: [String: Int64] = [:]

  /// - Parameter versions: what a file of a publication is part of.
  init(_ downloads: [Download], versions: (_ file: SHA256Digest, _ publication: String) -> [ImageVersion]) {
    var seen: [String: ClientSighting] = [:]
    for download in downloads {
      let kind = download.kind
      if download.file.isDocument, ClientIdentity.installation(in: kind.agent) == nil {
        passersBy[kind.client] = max(passersBy[kind.client] ?? 0, download.sum.time)
        continue
      }
      let client = ClientIdentity.of(agent: kind.agent, address: kind.client)
      if seen[client].map({ $0.time <= download.sum.time }) ?? true {
        let agent = kind.agent.map { LogText.escaped($0) }
        seen[client] = .init(client: client, address: kind.client, agent: agent, time: download.sum.time)
      }
      // The answer that a client has it already brought nothing.
      if download.file.isDocument || download.complete == 0 && download.isWithoutContent { continue }
      takes += versions(download.file.digest, kind.publication).map { image in
        ClientTake(
          client: client, publication: kind.publication, image: image, file: download.file.digest,
          complete: download.complete, incomplete: download.sum.count - download.complete, bytes: download.sum.bytes,
          time: download.sum.time)
      }
    }
    sightings = seen.values.sorted { $0.client < $1.client }
  }
}

extension Download {
  fileprivate var isWithoutContent: Bool { kind.length == 0 }
}
