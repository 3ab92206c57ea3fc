/// The codings in which a document may be had (RFC 9110 §8.4.1), the one that saves most first.
enum ContentCoding: String, Sendable, CaseIterable {
  case zstd
  case gzip

  /// The one that the client wants most of those that there are (§12.5.3), or `nil` for the document as it is. A client
  /// that refuses all that there is gets that too, which helps more than a 406.
  static func preferred(by header: String?, of codings: [ContentCoding]) -> ContentCoding? {
    let list = WeightedList(header)
    let wildcard = list["*"]
    let named = codings.compactMap { coding in coding.weight(in: list).map { (coding, $0) } }
    let others = codings.filter { $0.weight(in: list) == nil }
    // At equal weights: what was named; then the plain form, which everybody knows; then what only `*` covers, the best
    // known first.
    let choices: [(coding: ContentCoding?, weight: Int)] =
      named + [(nil, list["identity"] ?? wildcard ?? 0)] + others.reversed().map { ($0, wildcard ?? 0) }
    var best: (coding: ContentCoding?, weight: Int) = (nil, 0)
    for choice in choices where choice.weight > best.weight { best = choice }
    return best.coding
  }

  private func weight(in list: WeightedList) -> Int? {
    switch self {
    case .zstd: list["zstd"]
    // §8.4.1.3: the old name means the same.
    case .gzip: list["gzip"] ?? list["x-gzip"]
    }
  }
}
