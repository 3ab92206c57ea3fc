import Simplestreams
import Storage

extension PublishedTree {
  /// Whether all lists that it was made of were signed by upstream. They are kept as they came: in one piece with a signature,
  /// or with one beside them. Without a keyring nothing but the plain form is fetched.
  var isSignedByUpstream: Bool {
    let received = documents.map(\.path.string).filter { signed == .upstream || $0.hasPrefix("upstream/") }
    let names = Set(received)
    let signatures = received.filter { $0.hasSuffix(".json") }.map { path in
      names.contains("\(path).gpg") || names.contains("\(path.dropLast("json".utf8.count))sjson")
    }
    return !received.isEmpty && !signatures.contains(false)
  }
}
