import Foundation
import Simplestreams
import Storage
import TestSupport

/// Walks a served tree as a region does: gpgv on each document, then every advertised file with its size and hash.
struct RegionWalk {
  var documents = 0
  var files: [TreePath: SHA256Digest] = [:]
  var products: [ProductsFile] = []

  struct Rejected: Error { var reason: String }

  init(_ server: ServedMirror, publication: String = "ephemeral-v3/stable", keyring: String) throws {
    let index = try StreamIndex(try Self.signed(server, "\(publication)/streams/v1/index.sjson", keyring: keyring))
    documents = 1
    for entry in index.entries {
      let bytes = try Self.signed(server, "\(publication)/\(entry.path)", keyring: keyring)
      let file = try ProductsFile(bytes)
      let violations = Gate.check(file)
      if !violations.isEmpty { throw Rejected(reason: "\(violations)") }
      documents += 1
      products.append(file)
      for item in file.products.flatMap(\.versions).flatMap(\.files) {
        guard let path = item.path, files[path] == nil else { continue }
        let (code, body) = try server.get("\(publication)/\(path)")
        let digest = SHA256Digest(hashing: body)
        guard code == 200, Int64(body.count) == item.size, digest == item.sha256 else {
          throw Rejected(reason: "\(path): \(code), \(body.count) bytes, \(digest)")
        }
        files[path] = digest
      }
    }
  }

  /// `gpgv --keyring=<file> -`, exactly as MAAS calls it.
  static func signed(_ server: ServedMirror, _ path: String, keyring: String) throws -> [UInt8] {
    let (code, body) = try server.get(path)
    guard code == 200 else { throw Rejected(reason: "\(path): \(code)") }
    let run = try ProcessRun.run("/usr/bin/gpgv", ["--keyring=\(keyring)", "-"], input: body)
    guard run.code == 0 else { throw Rejected(reason: "gpgv on \(path): \(run.errors)") }
    // What old regions take for the payload: the lines between the armour header and the signature.
    let lines = String(decoding: body, as: UTF8.self).components(separatedBy: "\n")
    guard let start = lines.firstIndex(of: ""), let end = lines.firstIndex(of: "-----BEGIN PGP SIGNATURE-----") else {
      throw Rejected(reason: "\(path): no payload")
    }
    return Array(lines[(start + 1)..<end].joined(separator: "\n").utf8)
  }
}
