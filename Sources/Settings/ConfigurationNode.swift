import TOMLKit

/// A TOML value as TOMLKit read it, freed of its library types.
indirect enum ConfigurationNode {
  case string(String)
  case integer(Int)
  case boolean(Bool)
  case array([ConfigurationNode])
  case table([String: ConfigurationNode])
  /// `1.5` is a number, though no key of ours takes it.
  case fraction
  /// A date or a time, which no key of ours takes.
  case time

  init(_ table: TOMLTable) {
    var members: [String: ConfigurationNode] = [:]
    for key in table.keys { if let value = table[key] { members[key] = ConfigurationNode(value) } }
    self = .table(members)
  }

  private init(_ value: any TOMLValueConvertible) {
    if let table = value.table {
      self = ConfigurationNode(table)
    } else if let array = value.array {
      self = .array(array.map { ConfigurationNode($0) })
    } else if let text = value.string {
      self = .string(text)
    } else if let truth = value.bool {
      self = .boolean(truth)
    } else if let number = value.int {
      self = .integer(number)
    } else {
      self = value.double == nil ? .time : .fraction
    }
  }

  var isEmptyList: Bool {
    if case .array(let elements) = self { return elements.isEmpty }
    return false
  }

  var typeName: String {
    switch self {
    case .string: "a string"
    case .integer, .fraction: "a number"
    case .boolean: "true or false"
    case .array: "a list"
    case .table: "a table"
    case .time: "a date or a time"
    }
  }
}
