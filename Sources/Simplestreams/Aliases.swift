import OrderedCollections

/// `_aliases`: tables at the top of a products file, `{key: {value: {attributes}}}`. Wherever an object below says
/// `key: value`, the attributes are set there.
enum Aliases {
  static let key = "_aliases"

  static func expand(_ top: JSONObject) throws(DocumentError) -> JSONObject {
    guard let tables = top[key]?.object else { return top }
    var expanded = JSONObject(minimumCapacity: top.count)
    for (name, value) in top where name != key {
      expanded[name] = try expand(value, tables)
    }
    return try applied(tables, to: expanded)
  }

  private static func expand(_ value: JSONValue, _ tables: JSONObject) throws(DocumentError) -> JSONValue {
    guard case .object(let members) = value else { return value }
    var result = JSONObject(minimumCapacity: members.count)
    for (name, member) in members { result[name] = try expand(member, tables) }
    return .object(try applied(tables, to: result))
  }

  private static func applied(_ tables: JSONObject, to members: JSONObject) throws(DocumentError) -> JSONObject {
    var result = members
    for (name, table) in tables {
      guard case .string(let value)? = members[name] else { continue }
      guard let attributes = table.object?[value]?.object else {
        throw DocumentError("\(key) › \(name)", "no entry for “\(value)”, which the document uses")
      }
      for (attribute, text) in attributes { result[attribute] = text }
    }
    return result
  }
}
