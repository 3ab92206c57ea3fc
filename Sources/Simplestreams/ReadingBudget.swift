/// How large documents may become in memory: a byte or two of text become 32 and more. All that are held at the same time are
/// read with one budget.
package struct ReadingBudget: Sendable {
  /// Objects, lists and scalars. The full stable stream has 25,000.
  package static let valueLimit = 1_000_000
  /// What aliases and inheritance may add. A short document could expand to any size: each of n objects gets each of m
  /// attributes. The full stable stream needs about 30,000.
  package static let expansionLimit = 500_000

  private(set) var values = valueLimit
  private var expansion = expansionLimit

  package init() {}

  mutating func spend(values count: Int) { values -= count }

  mutating func spend(_ count: Int, at place: @autoclosure () -> String) throws(DocumentError) {
    expansion -= count
    if expansion < 0 {
      let limit = Self.expansionLimit
      throw DocumentError(
        place(), "it expands to more than \(limit) attributes, with those before it, and no real tree does")
    }
  }
}
