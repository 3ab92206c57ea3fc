/// What of a file one answer brought.
enum TakenPart: Hashable, Sendable {
  case whole
  /// Nothing: the client has the file already.
  case nothing
  /// As far as they came; none where that is not known.
  case ranges([Range<Int64>])

  /// - Parameter received: bytes of the body that the client has; `nil` for all of them.
  init(_ body: Answer.Body, received: Int64?) {
    switch body {
    case .none, .bytes: self = .nothing
    case .blob(_, let size, let range):
      if received == nil, range == 0..<size { self = .whole } else { self = .ranges(Self.cut([range], received)) }
    case .parts(_, _, let pieces): self = .ranges(Self.cut(pieces, received))
    }
  }

  private static func cut(_ ranges: [Range<Int64>], _ received: Int64?) -> [Range<Int64>] {
    cut(ranges.map { .range($0) }, received)
  }

  private static func cut(_ pieces: [Answer.Piece], _ received: Int64?) -> [Range<Int64>] {
    var left = received ?? .max
    return pieces.compactMap { piece in
      let length = min(piece.length, left)
      left -= length
      guard case .range(let range) = piece, length > 0 else { return nil }
      return range.lowerBound..<range.lowerBound + length
    }
  }
}
