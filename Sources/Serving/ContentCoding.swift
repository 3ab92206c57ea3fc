/// Whether a client takes a coding (RFC 9110 §12.5.3).
enum ContentCoding {
  static func accepts(_ coding: String, _ header: String?) -> Bool {
    guard let header else { return false }
    return header.lowercased().split(separator: ",").contains { part in
      let fields = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
      guard fields.first == coding else { return false }
      let weight = fields.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
      return weight ?? 1 > 0
    }
  }
}
