/// Guesses what a mistyped word was meant to be.
enum Spelling {
  /// The nearest word within a third of its letters, or `nil`. Upper and lower case are the same here.
  static func closest(to word: String, among words: some Sequence<String>) -> String? {
    words.map { ($0, distance(word.lowercased(), $0.lowercased())) }.filter { $0.1 <= max(1, $0.0.count / 3) }
      .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
  }

  /// Levenshtein's edit distance.
  static func distance(_ left: String, _ right: String) -> Int {
    let (left, right) = (Array(left), Array(right))
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (a == b ? 0 : 1))
        diagonal = row[j + 1]
        row[j + 1] = next
      }
    }
    return row[right.count]
  }
}
