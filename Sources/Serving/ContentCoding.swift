/// Whether a client takes a coding (RFC 9110 §12.5.3).
enum ContentCoding {
  /// `*` is no reason to compress: who does not name a coding may not know it.
  static func accepts(_ coding: String, _ header: String?) -> Bool {
    let list = WeightedList(header)
    let weight = list[coding] ?? 0
    return weight > 0 && weight >= list["identity"] ?? 0
  }
}
