import Foundation
import OrderedCollections
package import Simplestreams
import Storage

extension JSONValue {
  package subscript(key: String) -> JSONValue? {
    get { object?[key] }
    set {
      guard case .object(var object) = self else { return }
      object[key] = newValue
      self = .object(object)
    }
  }

  /// Gives every item with a path some bytes, and writes their hash and size beside it. Items that had equal hashes
  /// have equal bytes.
  func settingContents(squashfs size: Int, _ set: (String, [UInt8]) -> Void) -> JSONValue {
    guard case .object(var object) = self else { return self }
    for (key, member) in object { object[key] = member.settingContents(squashfs: size, set) }
    if let path = object["path"]?.string, object["ftype"] != nil {
      let bytes = Self.contents(of: object["sha256"]?.string ?? path, path: path, squashfs: size)
      object["sha256"] = .string(SHA256Digest(hashing: bytes).hex)
      object["size"] = .number(Int64(bytes.count))
      set(path, bytes)
    }
    return .object(object)
  }

  private static func contents(of seed: String, path: String, squashfs: Int) -> [UInt8] {
    let size = path.hasSuffix("squashfs") ? squashfs : 3_000
    let line = "\(seed) made for a test\n"
    return Array(String(repeating: line, count: size / line.utf8.count + 1).utf8)
  }
}

/// Catalogues to offer.
package enum Catalogue {
  /// One Ubuntu release with the given versions, as small as MAAS accepts it.
  package static func ubuntu(
    versions: [String], release: String = "noble", number: String = "24.04", label: String = "stable"
  ) -> JSONValue {
    var listed = JSONObject()
    for version in versions {
      var items = JSONObject()
      for (name, path) in [
        ("boot-kernel", "ga-\(number)/generic/boot-kernel"), ("boot-initrd", "ga-\(number)/generic/boot-initrd"),
        ("squashfs", "squashfs"), ("manifest", "squashfs.manifest"),
      ] {
        items[name] = .object(["ftype": .string(name), "path": .string("\(release)/amd64/\(version)/\(path)")])
      }
      listed[version] = .object(["items": .object(items)])
    }
    let product: JSONObject = [
      "arch": .string("amd64"), "kflavor": .string("generic"), "krel": .string(release), "label": .string(label),
      "os": .string("ubuntu"), "release": .string(release), "release_title": .string("\(number) LTS"),
      "subarch": .string("ga-\(number)"), "subarches": .string("generic,ga-\(number)"),
      "support_eol": .string("2029-05-31"), "version": .string(number), "versions": .object(listed),
    ]
    return .object([
      "content_id": .string("com.ubuntu.maas:\(label):v3:download"), "datatype": .string("image-ids"),
      "format": .string("products:1.0"),
      "products": .object(["com.ubuntu.maas.\(label):v3:boot:\(number):amd64:ga-\(number)": .object(product)]),
    ])
  }

  /// The first document with the second one's products as well.
  package static func joined(_ first: JSONValue, _ second: JSONValue) -> JSONValue {
    var joined = first
    for (name, product) in second["products"]?.object ?? [:] { joined["products"]?[name] = product }
    return joined
  }

  /// The demo upstream's catalogue, from the project's seeds.
  package static func demo() throws -> [JSONValue] {
    let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(root)/seeds/demo.json"))
    return try JSONReader.read(Array(bytes)).array ?? []
  }

  /// Real products files, of the folder that `Needed.realStream` found.
  package static func real(in folder: String) throws -> [JSONValue] {
    let names = ["simplestreams_ubuntu.json", "simplestreams_centos.json", "simplestreams_bootloaders.json"]
    return try names.map { try JSONReader.read(Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)")))) }
  }

  package static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path
}
