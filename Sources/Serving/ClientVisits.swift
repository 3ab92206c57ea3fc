import Catalog
import Simplestreams

/// What downloads say about clients, for the history.
struct ClientVisits {
  private(set) var sightings: [ClientSighting] = []
  private(set) var takes: [ClientTake] = []
  /// By address: requests for documents by agents that do not say for whom. The new client of MAAS reads its index so.
  private(set) var passersBy: [String: Int64] = [:]

  /// - Parameters:
  ///   - parts: of files, from before; those of these downloads are added.
  ///   - versions: what a file of a publication is part of.
  init(
    _ downloads: [Download], _ parts: inout PartialFiles,
    versions: (_ file: SHA256Digest, _ publication: String) -> [ImageVersion]
  ) {
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
      if download.file.isDocument || kind.part == .nothing { continue }
      let complete = download.complete + (download.completes(&parts, of: client) ? 1 : 0)
      takes += versions(download.file.digest, kind.publication).map { image in
        ClientTake(
          client: client, publication: kind.publication, image: image, file: download.file.digest,
          complete: complete, incomplete: download.sum.count - complete, bytes: download.sum.bytes,
          time: download.sum.time)
      }
    }
    sightings = seen.values.sorted { $0.client < $1.client }
  }
}

extension Download {
  /// Whether the client has all of the file with this.
  fileprivate func completes(_ parts: inout PartialFiles, of client: String) -> Bool {
    guard case .ranges(let ranges) = kind.part else { return false }
    return parts.add(ranges, of: file.digest, size: file.size, by: client, at: sum.time)
  }
}
