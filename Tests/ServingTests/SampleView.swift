import NIOCore
import Simplestreams
import Storage

@testable import Serving

/// A small published tree, without a store behind it.
enum SampleView {
  static let kernel = "noble/amd64/20260101/ga-24.04/generic/boot-kernel"
  static let modified: Int64 = 1_780_000_000
  static let date = "Thu, 28 May 2026 20:26:40 GMT"

  static func digest(_ name: String) -> SHA256Digest { SHA256Digest(hashing: Array(name.utf8)) }
  static func tag(_ name: String) -> String { "\"\(digest(name).hex)\"" }

  static func file(_ path: String, _ content: String? = nil) throws -> PublishedTree.File {
    let path = try TreePath(document: path)
    return .init(path: path, sha256: digest(content ?? path.string), size: 100, modified: modified)
  }

  static func tree(
    documents: [String] = ["streams/v1/index.sjson", "streams/v1/index.json", "streams/v1/index.json.gpg"],
    items: [String] = [kernel], at path: String = "ephemeral-v3/stable", contents: String? = nil
  ) throws -> PublishedTree {
    PublishedTree(
      path: PublicationPath(path)!, signed: .local, key: nil, keyring: nil, sources: [],
      documents: try documents.map { name in try file(name, contents.map { "\(name)\($0)" }) },
      items: try items.map { try file($0) }, contents: [:])
  }

  static func responder(
    _ tree: PublishedTree, replaced: [PublishedTree] = [], unready: [String] = []
  ) -> Responder {
    let keyring = TreeView.Entry(
      digest: digest("keyring"), size: 100, modified: modified, isDocument: true, type: MediaType.keyring)
    let view = TreeView([.init(path: tree.path, number: 1, tree: tree)], replaced: replaced, keyring: keyring)
    return Responder(view: view, unready: { _ in unready })
  }

  /// The request as the parser sees it.
  static func get(
    _ target: String, _ headers: [String: String] = [:], method: String = "GET", isSecure: Bool = false
  ) -> Request {
    let host = headers.keys.contains("Host") ? [] : ["Host: mirror"]
    let lines = ["\(method) \(target) HTTP/1.1"] + host + headers.map { "\($0): \($1)" }
    var bytes = ByteBuffer(string: lines.map { "\($0)\r\n" }.joined() + "\r\n")
    var reader = RequestReader(isSecure: isSecure)
    guard case .head(let request)? = reader.next(&bytes) else {
      preconditionFailure("\(method) \(target) is no request that a test of answers can send")
    }
    return request
  }
}

extension Responder {
  /// As a client gets it.
  func answer(_ request: Request) -> Answer {
    switch decide(request) {
    case .answer(let answer): answer
    case .readiness: readiness
    // No status, as in the log.
    case .close: Answer(0, [], .none)
    }
  }
}

extension Answer {
  var text: String {
    guard case .bytes(let bytes) = body else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }
}
