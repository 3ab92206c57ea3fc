/// Bytes that a client sends on one connection, and the answers that it gets, in order.
struct ConformanceCase: Sendable, CustomStringConvertible {
  struct Expected: Sendable {
    var status: Int
    /// By lower-case name; `nil` for one that must not be there.
    var headers: [String: String?] = [:]
    var body: String?
    /// A part of it.
    var bodyHas: String?
    var isHead = false

    var hasBody: Bool { !isHead && status != 304 && status != 204 }
  }

  /// What asks for it.
  var clause: String
  var title: String
  var sends: String
  var gets: [Expected]
  /// Whether the server says with its last answer that it closes, and does.
  var closes = false

  var description: String { "\(clause): \(title)" }

  static let base = "/ephemeral-v3/stable"
  static let content = "0123456789abcdefghijklmnopqrstuvwxyz"
  static let items = ["a": Array(content.utf8), "b": Array("second one".utf8), "empty": []]
  /// Of `a`.
  static let tag = "\"74e7e5bb9d22d6db26bf76946d40fff3ea9f0346b884fd0694920fccfad15e33\""
  static let digest = "sha-256=:dOflu50i1tsmv3aUbUD/8+qfA0a4hP0GlJIPzPrRXjM=:"
  static let date = "Mon, 02 Feb 2026 02:40:00 GMT"

  static func get(_ path: String = "a", _ fields: String..., method: String = "GET") -> String {
    (["\(method) \(base)/\(path) HTTP/1.1", "Host: mirror"] + fields).map { "\($0)\r\n" }.joined() + "\r\n"
  }

  /// A request that is in order, behind which the connection must still work.
  static let next = get("b")
}

extension ConformanceCase.Expected {
  static let a = Self(status: 200, headers: ["content-length": "36", "connection": nil], body: ConformanceCase.content)
  static let b = Self(status: 200, headers: ["content-length": "10"], body: "second one")
  static func refused(_ status: Int) -> Self {
    Self(status: status, headers: ["content-type": "text/plain; charset=utf-8", "connection": "close"])
  }
}
