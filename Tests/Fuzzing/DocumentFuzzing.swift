import OrderedCollections
import Simplestreams

/// Documents, as a signer could have made them.
enum DocumentFuzzing {
  /// What is read can be written, and what was written reads as the same.
  static func json(_ bytes: [UInt8]) {
    precondition((try? inPieces(bytes)) == (try? JSONReader.read(bytes)).flatMap(\.object), "pieces are not the whole")
    guard let value = try? JSONReader.read(bytes) else { return }
    let written = JSONWriter.write(value)
    guard let again = try? JSONReader.read(written) else { preconditionFailure("what was written cannot be read") }
    precondition(JSONWriter.write(again) == written, "what was written reads as something else")
  }

  private static func inPieces(_ bytes: [UInt8]) throws -> JSONObject {
    var outline = try JSONOutline(bytes, deferring: "products")
    var whole = outline.members
    guard let elements = outline.elements else { return whole }
    var read: [(String, JSONValue)] = []
    for element in elements { read.append((element.key, try outline.value(of: element))) }
    whole["products"] =
      outline.isObject ? .object(JSONObject(uniqueKeysWithValues: read)) : .array(read.map(\.1))
    // OrderedDictionary compares the order too, and the deferred member may have stood anywhere.
    guard case .object(let top) = try JSONReader.read(bytes) else { preconditionFailure("only an object has pieces") }
    return JSONObject(uniqueKeysWithValues: top.keys.map { ($0, whole[$0]!) })
  }

  /// No sum overflows, and a products file that we would publish is one that we would accept.
  static func products(_ bytes: [UInt8]) {
    guard let file = try? ProductsFile(bytes) else { return }
    for version in file.products.lazy.flatMap(\.versions) {
      precondition(version.bytes >= 0)
      for item in version.files { precondition(item.fault != nil || item.size != nil && item.path != nil) }
    }
    _ = Gate.check(file)
    _ = Selection(rules: [], keep: 2).apply(to: [file])
    let written = JSONWriter.write(file.json(updated: nil))
    precondition(written == file.bytes(updated: nil), "written in pieces it is something else")
    do {
      let again = try ProductsFile(written)
      precondition(again.products.map(\.name).sorted() == file.products.map(\.name).sorted())
    } catch {
      preconditionFailure("a document that was written here is refused: \(error)")
    }
  }

  static func index(_ bytes: [UInt8]) {
    guard let index = try? StreamIndex(bytes) else { return }
    let written = JSONWriter.write(index.json(updated: index.updated))
    guard let again = try? StreamIndex(written) else { preconditionFailure("an index that was written is refused") }
    precondition(again.entries.count == index.entries.count)
  }
}
