import NIOCore
import Simplestreams
import Synchronization

/// Large documents in memory, each once, however many clients are being sent it: a full stream's products file has 640 KB,
/// and every region reads it at every look. Those asked for last stay, within a budget that slow readers count against.
final class DocumentShelf: Sendable {
  /// Whoever sends it holds it, and it counts for as long.
  final class Document: Sendable {
    let bytes: ByteBuffer

    init(_ bytes: ByteBuffer) { self.bytes = bytes }
  }

  private struct Place {
    var document: Document
    /// Grows with each request.
    var asked: UInt64
  }

  private struct State {
    var places: [SHA256Digest: Place] = [:]
    var weight = 0
    var requests: UInt64 = 0

    mutating func take(_ digest: SHA256Digest) -> Document? {
      requests += 1
      places[digest]?.asked = requests
      return places[digest]?.document
    }

    /// Lets go of what was asked for longest ago and is not being sent.
    mutating func makeRoom(for size: Int, within limit: Int) -> Bool {
      let oldest = weight + size > limit ? places.sorted { $0.value.asked < $1.value.asked }.map(\.key) : []
      for digest in oldest where weight + size > limit {
        guard var place = places.removeValue(forKey: digest) else { continue }
        if isKnownUniquelyReferenced(&place.document) {
          weight -= place.document.bytes.readableBytes
        } else {
          places[digest] = place
        }
      }
      return weight + size <= limit
    }
  }

  /// What is longer is sent from its file, as images are.
  static let sizeLimit: Int64 = 4 << 20
  private let limit: Int
  private let state = Mutex(State())

  /// - Parameter limit: in bytes; by default all forms of the documents of five full streams.
  init(limit: Int = 16 << 20) { self.limit = limit }

  static func takes(_ size: Int64) -> Bool { size > BlobContent.limit && size <= sizeLimit }

  /// `nil` also for one that has another size than it should have, which is told when it is read.
  func find(_ digest: SHA256Digest, size: Int64) -> Document? {
    state.withLock { $0.take(digest) }.flatMap { $0.bytes.readableBytes == Int(size) ? $0 : nil }
  }

  /// The document, from the shelf or from `read`, which MUST check it. `nil` where there is no room: what is there is being
  /// sent. Of many that ask for it at once, as many read it as there are threads to read.
  func document<Failure: Error>(
    _ digest: SHA256Digest, size: Int64, read: () throws(Failure) -> ByteBuffer
  ) throws(Failure) -> Document? {
    if let found = find(digest, size: size) { return found }
    guard state.withLock({ $0.makeRoom(for: Int(size), within: limit) }) else { return nil }
    let fresh = Document(try read())
    return state.withLock { state in
      if let found = state.take(digest) { return found }
      state.places[digest] = Place(document: fresh, asked: state.requests)
      state.weight += fresh.bytes.readableBytes
      return fresh
    }
  }

  /// In bytes.
  var weight: Int { state.withLock { $0.weight } }
}
