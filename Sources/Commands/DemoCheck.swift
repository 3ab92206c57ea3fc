import Simplestreams
import Storage
import Transfer
import Trust

/// Walks a served tree as a region does: the signed index, then every file that it leads to, over HTTP.
struct DemoCheck {
  let address: String
  let publication: String

  /// The number of files that were downloaded and compared.
  func run() async throws -> Int {
    let curl = CurlClient(.init(connections: 4, userAgent: "maas-mirror/\(Program.version) demo"))
    defer { curl.close() }
    let root = try RemoteURL("http://\(address)/\(publication)/")
    let key = try await get(try RemoteURL("http://\(address)/keyring.gpg"), curl)
    let trusted = try Keyring(bytes: key, name: "/keyring.gpg", temporaryFolder: Workplace.temporaryFolder)
    func document(_ path: TreePath) async throws -> [UInt8] {
      let bytes = try await get(root.appending(path), curl)
      return try trusted.verify(clearSigned: bytes, as: path.string, now: Clock.now()).payload
    }
    var checked: Set<TreePath> = []
    let index = try StreamIndex(try await document(try TreePath(document: "streams/v1/index.sjson")))
    for entry in index.entries {
      let file = try ProductsFile(try await document(entry.path))
      for item in file.products.flatMap(\.versions).flatMap(\.files) {
        guard let path = item.path, checked.insert(path).inserted else { continue }
        let bytes = try await get(root.appending(path), curl)
        guard Int64(bytes.count) == item.size, SHA256Digest(hashing: bytes) == item.sha256 else {
          throw CommandFailure(code: ExitTable.untrusted, message: "\(path) is not what the products file says")
        }
      }
    }
    return checked.count
  }

  private func get(_ url: RemoteURL, _ client: any HTTPClient) async throws -> [UInt8] {
    let sink = MemorySink(limit: 64 << 20)
    _ = try await client.get(TransferRequest(url: url, byteLimit: 64 << 20), into: sink)
    return sink.bytes
  }
}
