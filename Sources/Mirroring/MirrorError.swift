package import Simplestreams
package import Storage

/// What stops a sync or a publication, grouped by whose fault it is.
package enum MirrorError: Error, Sendable {
  // Upstream's metadata cannot be trusted or used.
  case rollback(document: String, accepted: Timestamp, offered: Timestamp?)
  case fromTheFuture(document: String, offered: Timestamp, now: Timestamp)
  case mixed(document: String, Belonging.Fault)
  case malformed(document: String, DocumentError)
  case unsigned(source: String, document: String)
  case misplaced(document: String, expected: String, found: String)
  case tooManyDocuments(source: String, limit: Int)
  case tooManyBytes(source: String, limit: Int64)
  case noUsableAddress(source: String, [AddressFailure])
  case massRemoval(source: String, MassRemoval, limit: Int)
  case refused(publication: String, [Gate.Violation])
  case nothingFit(source: String, [Snapshot.Missing])
  case nothingFetched(source: String, wasLiedTo: Bool)
  case notPassable(publication: String, [Gate.Violation])
  case incomplete(publication: String, [Snapshot.Missing])

  // The disk.
  case blobsGone(publication: String, [String])
  case servedLost(publication: String, [String])
  case noSpace(path: String, needed: Int64, free: Int64, keepFree: Int64)
  case unknownFormat(what: String, found: String, known: String)

  // The operator.
  case noIndex(source: String, [String])
  case nothingSelected(source: String, unmet: [String])
  case nothingOffered(source: String)
  case nothingCarried(source: String)
  case noSnapshot(source: String)
  case noSigningKey(publication: String)
  case notJoinable(publication: String)
}

extension MirrorError {
  /// Why there is nothing to do: only one of the two is for the operator to mend.
  package static func nothingPlanned(_ source: Source, of offered: [ProductsFile]) -> MirrorError {
    if offered.allSatisfy(\.products.isEmpty) { return .nothingOffered(source: source.name) }
    return .nothingSelected(source: source.name, unmet: source.selection.unmet(in: offered))
  }
}

extension MirrorError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .rollback(let document, let accepted, let offered):
      "\(document) is \(offered.map { "from \($0.iso)" } ?? "without a time"), older than the one of \(accepted.iso) that was accepted before: a replay of "
        + "old images, or a lagging mirror; wait for upstream, or accept it once with “--accept-rollback”"
    case .fromTheFuture(let document, let offered, let now):
      "\(document) says that it is from \(offered.iso), but here it is \(now.iso): whatever came after it would look like "
        + "a replay; set this machine's clock, or tell the signer"
    case .mixed(let document, .older(let file, let listed)):
      "\(document) is from \(file.iso), but the index lists the one of \(listed.iso): documents of two states are mixed; "
        + "try again later, or accept it once with “--accept-rollback”"
    case .mixed(let document, .otherProducts(let product)):
      "\(document) and the index that lists it do not have the same products (\(product)): documents of two states are "
        + "mixed; try again later"
    case .tooManyBytes(let source, let limit):
      "the documents of “\(source)” have more than \(Bytes.text(limit)) together; check the url"
    case .malformed(let document, let error):
      "\(document) is signed, but not a document that can be used: \(error); tell the signer"
    case .unsigned(let source, let document):
      "\(document) has no signature; if “\(source)” is meant to be unsigned, say “unsigned = true” in its [[source]]"
    case .misplaced(let document, let expected, let found):
      "\(document) says that it is “\(found)”, but the index lists it as “\(expected)”: documents of two states are "
        + "mixed; try again later"
    case .tooManyDocuments(let source, let limit):
      "the index of “\(source)” leads to more than \(limit) documents; check the url"
    case .noUsableAddress(let source, let failures):
      "none of the addresses of “\(source)” can be used:\n" + failures.map { "  \($0.reason)" }.joined(separator: "\n")
    case .massRemoval(let source, let removal, let limit):
      "“\(source)” \(removal.isOfSelection ? "describes its products in another way" : "lists far less") than before: \(removal), more than the \(limit) % that max_removal allows; nothing was "
        + "changed. If it is meant, accept it once with “--accept-removal”\(removal.list)"
    case .refused(let publication, let violations):
      "publication “\(publication)” was not changed, because MAAS would reject it:\n"
        + Self.list(violations)
    case .nothingFit(let source, let unfit):
      "MAAS would reject all that is selected of “\(source)”; nothing was changed. Tell upstream, or select something "
        + "else:\n" + Self.list(unfit)
    case .nothingFetched(let source, _):
      "nothing of what is selected of “\(source)” could be had; run the command again"
    case .notPassable(let publication, let violations):
      "publication “\(publication)” was not changed: upstream's documents as they are would break regions; say signed = "
        + "\"local\" in its [[publication]], which leaves that out by name, or tell upstream:\n" + Self.list(violations)
    case .incomplete(let publication, let missing):
      "publication “\(publication)” was not changed: upstream's documents promise regions what could not be had; run "
        + "“maas-mirror sync” again, or select without these products:\n"
        + Self.list(missing)
    case .blobsGone(let publication, let gone):
      "publication “\(publication)” was not changed: blobs of it are gone from the store, or damaged; “maas-mirror sync "
        + "--publish” fetches them again, or “import --publish” where they are carried, and if they go once more, check the disk:\n"
        + Self.list(gone)
    case .servedLost(let publication, let products):
      "publication “\(publication)” was not changed: of \(Counted.text(products.count, "product")), more than would be left, the "
        + "files that are served are lost here, and upstream's newer ones could not be had; check the disk, and run "
        + "“maas-mirror sync --publish” until it is complete:\n" + Self.list(products)
    case .noSpace(let path, let needed, let free, let keepFree):
      "\(Bytes.text(needed)) are to be fetched, but \(path) has \(Bytes.text(free)) free and \(Bytes.text(keepFree)) "
        + "must stay free (min_free); free some space, or select less"
    case .unknownFormat(let what, let found, let known):
      "\(what) has the format “\(found)”, and this maas-mirror knows “\(known)”; use the newer one that wrote it"
    case .noIndex(let source, let answers):
      "no index of a tree can be had of “\(source)”; check its url:\n"
        + answers.map { "  \($0)" }.joined(separator: "\n")
    case .nothingOffered(let source):
      "“\(source)” lists no images at all: its index is empty, or leads to nothing that MAAS reads; check the url, or tell upstream"
    case .nothingCarried(let source):
      "the bundle has nothing that is selected of “\(source)”; export more, or correct its [[source.select]]"
    case .nothingSelected(let source, let unmet):
      "nothing that “\(source)” offers is selected\(unmet.isEmpty ? "" : ": \(unmet.joined(separator: "; "))"); “maas-mirror "
        + "list” shows what there is"
    case .noSnapshot(let source):
      "“\(source)” has no snapshot yet; “maas-mirror sync” makes one, or “maas-mirror import” where it is carried"
    case .noSigningKey(let publication):
      "publication “\(publication)” is signed locally, but there is no signing key; run “maas-mirror keys create”"
    case .notJoinable(let publication):
      "publication “\(publication)” is signed by upstream and can have one source only"
    }
  }

  /// One to a line. A list of thousands helps nobody.
  private static func list(_ all: some Collection<some CustomStringConvertible>) -> String {
    let more = all.count > 20 ? ["  … and \(all.count - 20) more"] : []
    return (all.prefix(20).map { "  \($0)" } + more).joined(separator: "\n")
  }
}
