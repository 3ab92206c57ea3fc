import NIOCore
import Simplestreams

/// An answer as a value: what to send, not yet sent.
struct Answer: Sendable, Equatable {
  enum Body: Sendable, Equatable {
    case none
    case bytes([UInt8])
    /// Part of a blob, of which the whole has `size` bytes.
    case blob(SHA256Digest, size: Int64, range: Range<Int64>)
    /// Several parts of such a blob, and what stands between them.
    case parts(SHA256Digest, size: Int64, [Piece])
  }

  enum Piece: Sendable, Equatable {
    case bytes([UInt8])
    case range(Range<Int64>)

    var isRange: Bool { if case .range = self { true } else { false } }

    var length: Int64 {
      switch self {
      case .bytes(let bytes): Int64(bytes.count)
      case .range(let range): range.upperBound - range.lowerBound
      }
    }
  }

  var status: Int
  /// Lines of the head that were made before, each with its end.
  var ready: [UInt8]
  /// Whether that is all of them, with the length and the empty line.
  var isHeadReady = false
  /// What stands behind them.
  var headers: [(name: String, value: String)]
  var body: Body
  /// The file that it is about; `nil` for all other answers.
  var file: TreeView.Entry?
  /// The form of that file, where some of it is sent.
  var form: FileForm?
  /// The length that is announced; also for HEAD, which sends nothing.
  var length: Int64

  init(_ status: Int, _ headers: [(name: String, value: String)], _ body: Body, ready: [UInt8] = []) {
    self.status = status
    self.ready = ready
    self.headers = headers
    self.body = body
    length =
      switch body {
      case .none: 0
      case .bytes(let bytes): Int64(bytes.count)
      case .blob(_, _, let range): range.upperBound - range.lowerBound
      case .parts(_, _, let pieces): pieces.reduce(0) { $0 + $1.length }
      }
  }

  /// The blob of which something is sent, and what of it.
  var blob: (digest: SHA256Digest, size: Int64, pieces: [Piece])? {
    switch body {
    case .none, .bytes: nil
    case .blob(let digest, let size, let range): (digest, size, [.range(range)])
    case .parts(let digest, let size, let pieces): (digest, size, pieces)
    }
  }

  var pieces: [Piece] { blob?.pieces ?? [] }

  /// What is sent behind the head.
  /// - Parameter blob: the whole of the blob.
  func body(from blob: ByteBuffer) -> ByteBuffer {
    // The whole of it was read, and has the size that the answer was made for.
    if case .blob(_, _, let range) = body {
      return blob.getSlice(at: blob.readerIndex + Int(range.lowerBound), length: range.count) ?? ByteBuffer()
    }
    var bytes = ByteBuffer()
    for piece in pieces {
      switch piece {
      case .bytes(let inBetween): bytes.writeBytes(inBetween)
      case .range(let range):
        bytes.writeBytes(blob.readableBytesView.dropFirst(Int(range.lowerBound)).prefix(range.count))
      }
    }
    return bytes
  }

  static func text(_ status: Int, _ text: String, _ headers: [(name: String, value: String)] = []) -> Answer {
    Answer(
      status, [("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store")] + headers,
      .bytes(Array("\(text)\n".utf8)))
  }

  /// All lines of the head.
  var fields: [(name: String, value: String)] {
    String(decoding: ready, as: UTF8.self).split(separator: "\r\n").map { line in
      let parts = line.split(separator: ": ", maxSplits: 1)
      return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
    } + headers
  }

  subscript(name: String) -> String? { fields.first { $0.name.lowercased() == name.lowercased() }?.value }

  static func == (left: Answer, right: Answer) -> Bool {
    left.status == right.status && left.body == right.body && left.length == right.length
      && left.fields.map { "\($0.name): \($0.value)" } == right.fields.map { "\($0.name): \($0.value)" }
  }
}
