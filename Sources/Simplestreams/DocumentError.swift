/// Why a verified document is not one that we can use. The signature was good, so the signer made the mistake.
package struct DocumentError: Error, Hashable, Sendable, CustomStringConvertible {
  /// Where in the document: `products › com.ubuntu… › versions`.
  package var place: String
  package var reason: String

  package init(_ place: String, _ reason: String) {
    // Both quote the document, which may say anything at any length.
    self.place = DocumentName.legible(place.prefix(400))
    self.reason = DocumentName.legible(reason.prefix(400))
  }

  package var description: String { "\(place): \(reason)" }
}

extension JSONValue {
  package static func document(_ bytes: [UInt8]) throws(DocumentError) -> JSONObject {
    var budget = ReadingBudget()
    return try document(bytes, &budget)
  }

  static func document(_ bytes: [UInt8], _ budget: inout ReadingBudget) throws(DocumentError) -> JSONObject {
    let (value, count) = try DocumentError.telling(budget) { () throws(JSONError) in
      try JSONReader.read(bytes, limit: budget.values)
    }
    budget.spend(values: count)
    guard case .object(let top) = value else { throw DocumentError("document", "not a JSON object") }
    return top
  }
}

extension DocumentError {
  /// What is wrong with the JSON of a document, in words.
  static func telling<Value>(
    _ budget: ReadingBudget, _ read: () throws(JSONError) -> Value
  ) throws(DocumentError) -> Value {
    do throws(JSONError) {
      return try read()
    } catch {
      if error.fault == .tooMany, budget.values < ReadingBudget.valueLimit {
        let limit = ReadingBudget.valueLimit
        throw DocumentError("document", "it and those before it have more than \(limit) values, and no real tree has")
      }
      if error.fault == .noObject { throw DocumentError("document", "not a JSON object") }
      throw DocumentError("document", "not JSON, \(error)")
    }
  }
}
