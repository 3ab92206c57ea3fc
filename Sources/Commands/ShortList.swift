/// The first of many lines, for people: an upstream can list thousands of versions that nobody can take. `--json` has all.
enum ShortList {
  static let limit = 30

  static func lines(_ all: [some CustomStringConvertible], after label: String) -> [String] {
    let more = all.count > limit ? ["\(label)… and \(all.count - limit) more; --json names all of them"] : []
    return all.prefix(limit).map { "\(label)\($0)" } + more
  }
}
