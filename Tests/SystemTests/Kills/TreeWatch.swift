import Foundation
import Simplestreams
import Storage
import Synchronization

/// A region that never rests: walks a served tree over and over, on a thread of its own, and notes whatever is not whole.
final class TreeWatch: Sendable {
  struct Seen: Sendable {
    var walks = 0
    /// The hashes of the indexes.
    var trees: Set<SHA256Digest> = []
    var troubles: [String] = []
  }

  /// Files of a replaced tree are only due for its grace period: a walk that took longer proves nothing.
  private let grace: TimeInterval
  private let address: String
  private let root: String
  private let seen = Mutex(Seen())
  private let spared = Mutex<Set<SHA256Digest>>([])
  private let isOver = Atomic<Bool>(false)
  private let ended = DispatchSemaphore(value: 0)

  init(_ server: ServedMirror, publication root: String, grace: TimeInterval) {
    (address, self.root, self.grace) = (server.address, root, grace)
    let thread = Thread { [self] in
      let client = PlainClient(address)
      while !isOver.load(ordering: .relaxed) {
        walk(client)
        // Those who are killed need the machine as well.
        usleep(5_000)
      }
      ended.signal()
    }
    thread.start()
  }

  /// Ends, and tells what it saw.
  func stop() -> Seen {
    isOver.store(true, ordering: .relaxed)
    ended.wait()
    return seen.withLock { $0 }
  }

  /// From now on these may fail; what they never may is come with other bytes.
  func spare(_ digests: Set<SHA256Digest>) { spared.withLock { $0 = digests } }

  private func walk(_ client: PlainClient) {
    let began = Date()
    let spared = spared.withLock { $0 }
    let (tree, troubles) = look(client)
    let isLate = Date().timeIntervalSince(began) > grace / 2
    let isSpared = spared != self.spared.withLock { $0 } || !spared.isEmpty
    seen.withLock { seen in
      seen.walks += 1
      if let tree { seen.trees.insert(tree) }
      let counted = troubles.filter { $0.isLie || !isLate && !isSpared }.map(\.text)
      // The first ones say it all.
      if seen.troubles.count < 20 { seen.troubles += counted }
    }
  }

  private struct Trouble {
    var text: String
    /// Wrong bytes are no matter of time.
    var isLie = false
  }

  private func look(_ client: PlainClient) -> (tree: SHA256Digest?, troubles: [Trouble]) {
    do {
      let bytes = try document("index.sjson", client)
      let index = try StreamIndex(Self.payload(bytes))
      var troubles: [Trouble] = []
      for entry in index.entries {
        let file = try ProductsFile(Self.payload(try document("\(entry.path.string.dropFirst(11))", client)))
        guard file.updated == entry.updated, file.products.map(\.name).sorted() == entry.products.sorted() else {
          // The tree may have been switched in between: then there is another index by now.
          if try document("index.sjson", client) != bytes { return (nil, []) }
          let text = "the index has \(entry), beside a file of \(file.products.map(\.name))"
          return (nil, [Trouble(text: text, isLie: true)])
        }
        for item in file.products.flatMap(\.versions).flatMap(\.files) { troubles += check(item, client) }
      }
      return (SHA256Digest(hashing: bytes), troubles)
    } catch {
      return (nil, [Trouble(text: "\(error)")])
    }
  }

  private func document(_ name: String, _ client: PlainClient) throws -> [UInt8] {
    let (code, body) = try client.get("\(root)/streams/v1/\(name)")
    if code != 200 { throw PlainClient.Failed(reason: "\(name): \(code)") }
    return body
  }

  private func check(_ item: Item, _ client: PlainClient) -> [Trouble] {
    guard let path = item.path else { return [] }
    do {
      let (code, body) = try client.get("\(root)/\(path)")
      if code != 200 { return [Trouble(text: "\(path): \(code)")] }
      let isIt = Int64(body.count) == item.size && SHA256Digest(hashing: body) == item.sha256
      return isIt ? [] : [Trouble(text: "\(path) came whole, with other bytes", isLie: true)]
    } catch {
      return [Trouble(text: "\(path): \(error)")]
    }
  }

  /// What old regions take for the payload.
  private static func payload(_ bytes: [UInt8]) throws -> [UInt8] {
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\n")
    guard let start = lines.firstIndex(of: ""), let end = lines.firstIndex(of: "-----BEGIN PGP SIGNATURE-----") else {
      throw PlainClient.Failed(reason: "no payload")
    }
    return Array(lines[(start + 1)..<end].joined(separator: "\n").utf8)
  }
}
