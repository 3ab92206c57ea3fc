/// A list of choices with weights, as in `Accept` and `Accept-Encoding` (RFC 9110 §12.4.2).
struct WeightedList {
  struct Choice: Equatable {
    /// In lower case, without its parameters.
    var name: String
    /// In thousandths; 0 means “not this one”.
    var weight: Int
  }

  let choices: [Choice]

  init(_ header: String?) {
    choices = (header ?? "").lowercased().split(separator: ",").compactMap { part in
      let fields = part.split(separator: ";").map { $0.filter { $0 != " " && $0 != "\t" } }
      guard let name = fields.first, !name.isEmpty else { return nil }
      let weight = fields.dropFirst().first { $0.hasPrefix("q=") }
      return Choice(name: name, weight: weight.map { Self.thousandths($0.dropFirst(2)) } ?? 1000)
    }
  }

  subscript(name: String) -> Int? { choices.first { $0.name == name }?.weight }

  /// A weight that is none counts as 0: what was not understood is not sent.
  private static func thousandths(_ text: Substring) -> Int {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let whole = parts.first, whole == "0" || whole == "1" else { return 0 }
    let decimals = parts.count > 1 ? parts[1] : ""
    guard decimals.utf8.count <= 3, decimals.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return 0 }
    let value = (Int(decimals) ?? 0) * [1000, 100, 10, 1][decimals.utf8.count]
    return whole == "0" ? value : value == 0 ? 1000 : 0
  }
}
