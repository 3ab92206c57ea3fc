/// What aliases and inheritance may add to a document. A short one could expand to any size: each of n objects gets each of
/// m attributes.
struct ExpansionBudget {
  /// The full stable stream needs about 30,000.
  static let limit = 500_000
  private var left = limit

  mutating func spend(_ count: Int, at place: @autoclosure () -> String) throws(DocumentError) {
    left -= count
    if left < 0 {
      throw DocumentError(place(), "it expands to more than \(Self.limit) attributes, and no real document does")
    }
  }
}
