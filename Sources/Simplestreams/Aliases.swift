import OrderedCollections

/// `_aliases`: tables at the top of a products file, `{key: {value: {attributes}}}`. Wherever an object below says
/// `key: value`, the attributes are set there.
enum Aliases {
  static let key = "_aliases"

  /// The top level, without the tables themselves.
  static func expand(
    _ top: JSONObject, _ tables: JSONObject, _ budget: inout ReadingBudget
  ) throws(DocumentError) -> JSONObject {
    var expanded = JSONObject(minimumCapacity: top.count)
    for (name, value) in top where name != key {
      expanded[name] = try expand(value, tables, &budget)
    }
    return try applied(tables, to: expanded, &budget)
  }

  /// What is below it.
  static func expand(
    _ value: JSONValue, _ tables: JSONObject, _ budget: inout ReadingBudget
  ) throws(DocumentError) -> JSONValue {
    guard case .object(let members) = value else { return value }
    var result = JSONObject(minimumCapacity: members.count)
    for (name, member) in members { result[name] = try expand(member, tables, &budget) }
    return .object(try applied(tables, to: result, &budget))
  }

  private static func applied(
    _ tables: JSONObject, to members: JSONObject, _ budget: inout ReadingBudget
  ) throws(DocumentError) -> JSONObject {
    var result = members
    try budget.spend(tables.count, at: key)
    for (name, table) in tables {
      guard case .string(let value)? = members[name] else { continue }
      guard let attributes = table.object?[value]?.object else {
        throw DocumentError("\(key) › \(name)", "no entry for “\(value)”, which the document uses")
      }
      try budget.spend(attributes.count, at: "\(key) › \(name)")
      for (attribute, text) in attributes { result[attribute] = text }
    }
    return result
  }
}
