import Foundation
import OrderedCollections
package import Simplestreams
import Storage
import Synchronization
package import Trust

/// An upstream that signs on demand and misbehaves on demand, over real HTTP on loopback.
package final class FakeUpstream: Sendable {
  package typealias Fault = @Sendable (_ request: ScriptedServer.Request, _ attempt: Int) -> [ScriptedServer.Step]?

  /// Which forms of its documents the tree has.
  package struct Forms: OptionSet, Sendable {
    package let rawValue: Int
    package init(rawValue: Int) { self.rawValue = rawValue }
    package static let clearSigned = Forms(rawValue: 1)
    package static let plain = Forms(rawValue: 2)
    package static let detached = Forms(rawValue: 4)
    package static let all: Forms = [.clearSigned, .plain, .detached]
  }

  package let folder: TemporaryFolder
  private let server: ScriptedServer
  private let home: SigningHome
  private let keys: Mutex<Fingerprint>
  private let state: State

  private final class State: Sendable {
    let files = Mutex<[String: [UInt8]]>([:])
    let faults = Mutex<[String: Fault]>([:])
  }

  package init(algorithm: SigningHome.Algorithm = .ed25519) throws {
    folder = try TemporaryFolder()
    home = try SigningHome(path: folder.file("keys"))
    let key = try home.create(algorithm, userID: "test upstream").fingerprint
    keys = Mutex(key)
    try folder.write(try home.publicKeyring(key), "keyring.gpg")
    let state = State()
    self.state = state
    server = try ScriptedServer { request, attempt in
      if let answer = state.faults.withLock({ $0[request.target] })?(request, attempt) { return answer }
      guard let body = state.files.withLock({ $0[request.target] }) else { return .answer("404 Not Found") }
      let tag = "\"\(SHA256Digest(hashing: body).hex.prefix(16))\""
      if request.headers["if-none-match"] == tag {
        return [.send("HTTP/1.1 304 Not Modified\r\nETag: \(tag)\r\n\r\n")]
      }
      return .range(of: body, for: request, tag: tag)
    }
  }

  /// What its documents are from unless a test says otherwise: recent, so that nothing is warned of, and long enough ago
  /// that two days of newer ones fit in before now.
  package static let time = Int64(Date().timeIntervalSince1970) - 3 * 86_400

  package var url: String { "http://127.0.0.1:\(server.port)/tree/" }
  package var keyring: String { folder.file("keyring.gpg") }
  package var requests: [String] { server.requests.map(\.target) }
  package var rangedRequests: [ScriptedServer.Request] { server.requests.filter { $0.headers["range"] != nil } }
  package var conditionalRequests: [ScriptedServer.Request] {
    server.requests.filter { $0.headers["if-none-match"] != nil }
  }
  package func requestsWith(_ field: String) -> [ScriptedServer.Request] {
    server.requests.filter { $0.headers[field] != nil }
  }
  /// Every path that is offered, as a request has it.
  package var paths: [String] { state.files.withLock { Array($0.keys) } }
  package var fingerprint: String { key.hex }
  private var key: Fingerprint { keys.withLock { $0 } }

  /// Signs with another key from now on; what is offered stays as it is.
  package func rekey() throws {
    let next = try home.create(.ed25519, userID: "test upstream, next").fingerprint
    keys.withLock { $0 = next }
    try folder.write(try home.publicKeyring(next), "keyring.gpg")
  }

  /// Offers what another upstream offers, byte for byte.
  package func mirror(_ other: FakeUpstream) {
    let files = other.state.files.withLock { $0 }
    state.files.withLock { $0 = files }
  }

  /// Answers a path in its own way; `nil` from the fault means the honest answer.
  package func misbehave(at path: String, _ fault: @escaping Fault) {
    state.faults.withLock { $0["/tree/\(path)"] = fault }
  }

  package func behave() { state.faults.withLock { $0 = [:] } }

  package func file(_ path: String) -> [UInt8]? { state.files.withLock { $0["/tree/\(path)"] } }
  package func set(_ path: String, _ bytes: [UInt8]?) { state.files.withLock { $0["/tree/\(path)"] = bytes } }

  package func clearSign(_ bytes: [UInt8]) throws -> [UInt8] { try home.clearSign(bytes, with: key) }
  package func detachSign(_ bytes: [UInt8]) throws -> [UInt8] { try home.detachSign(bytes, with: key) }

  /// Fills the catalogue's files with contents, signs its documents, and offers them.
  /// - Parameters:
  ///   - edit: what the signer does to each products file at the last moment, after hashes and sizes are in it.
  ///   - editIndex: the same for the index.
  package func publish(
    _ catalogue: [JSONValue], updated: Int64 = FakeUpstream.time, forms: Forms = .all, squashfs size: Int = 50_000,
    edit: (inout JSONValue) -> Void = { _ in }, editIndex: (inout JSONValue) -> Void = { _ in }
  ) throws {
    var entries: [StreamIndex.Entry] = []
    for document in catalogue {
      var filled = document.settingContents(squashfs: size) { self.set($0, $1) }
      filled["updated"] = .string(Timestamp(seconds: updated).mail)
      edit(&filled)
      // What the index says of it is the honest part, whatever was done to the file.
      guard let id = document["content_id"]?.string, let contentID = ContentID(id) else { continue }
      let name = "streams/v1/\(id)"
      try offer(name, clear: JSONWriter.write(filled), plain: JSONWriter.write(filled), forms: forms)
      let products = document["products"]?.object.map { $0.keys.sorted() } ?? []
      entries.append(
        .init(
          contentID: contentID, path: try TreePath(document: "\(name).json"), format: "products:1.0",
          datatype: "image-ids", updated: Timestamp(seconds: updated), products: products))
    }
    var clear = StreamIndex(updated: Timestamp(seconds: updated), entries: entries)
    func edited(_ index: StreamIndex) -> [UInt8] {
      var document = index.json(updated: index.updated)
      editIndex(&document)
      return JSONWriter.write(document)
    }
    let plain = edited(clear)
    for position in clear.entries.indices {
      let path = clear.entries[position].path.string
      clear.entries[position].path = try TreePath(document: path.dropLast(4) + "sjson")
    }
    try offer(
      "streams/v1/index", clear: edited(clear), plain: plain, forms: forms)
  }

  private func offer(_ name: String, clear: [UInt8], plain: [UInt8], forms: Forms) throws {
    set("\(name).sjson", forms.contains(.clearSigned) ? try clearSign(clear) : nil)
    set("\(name).json", forms.contains(.plain) ? plain : nil)
    set("\(name).json.gpg", forms.contains(.detached) ? try detachSign(plain) : nil)
  }
}

extension [ScriptedServer.Step] {
  static func range(of body: [UInt8], for request: ScriptedServer.Request, tag: String) -> [ScriptedServer.Step] {
    guard let start = request.rangeStart, start < body.count else {
      return answer("200 OK", headers: ["ETag: \(tag)"], body: body)
    }
    return answer(
      "206 Partial Content",
      headers: ["ETag: \(tag)", "Content-Range: bytes \(start)-\(body.count - 1)/\(body.count)"],
      body: [UInt8](body[start...]))
  }
}
