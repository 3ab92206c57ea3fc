package import OrderedCollections

/// A JSON value as it was written: keys in order, numbers as their text. What we do not understand is carried along.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  /// The number's text, checked against RFC 8259 §6. Kept as text, so that nothing is rounded.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  package var string: String? { if case .string(let text) = self { text } else { nil } }
  package var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
  package var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }

  /// Strings and numbers are what simplestreams inherits and filters; their text, or `nil`.
  package var scalarText: String? {
    switch self {
    case .string(let text), .number(let text): text
    default: nil
    }
  }

  package static func number(_ value: Int64) -> JSONValue { .number(String(value)) }
}

package typealias JSONObject = OrderedDictionary<String, JSONValue>
