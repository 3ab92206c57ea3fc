import Simplestreams
import Storage
import Transfer
import Trust

/// The other forms of upstream's documents, for publications that serve them byte for byte: `.sjson` beside `.json` and
/// `.json.gpg`. Each is verified by itself, and kept only if it says what the form says that was read.
struct CompanionForms: Sendable {
  let source: Source
  /// Where the documents came from.
  let root: RemoteURL
  let client: any HTTPClient
  let keeping: BytesKeeping
  let now: Int64

  /// The documents with what could be had of their other forms, and why the rest could not.
  func complete(_ documents: [UpstreamDocument]) async throws -> (documents: [UpstreamDocument], notes: [String]) {
    let (forms, notes) = try await forms(of: documents)
    return (
      zip(documents, forms).map { document, forms in
        var document = document
        document.received += forms
        return document
      }, notes
    )
  }

  /// For each document the files of its other form.
  func forms(
    of documents: [UpstreamDocument]
  ) async throws -> (forms: [[ReceivedFile]], notes: [String]) {
    var forms: [[ReceivedFile]] = []
    var notes: [String] = []
    let budget = DocumentBudget(source: source.name)
    for document in documents {
      var found: [ReceivedFile] = []
      switch try await companion(of: document, budget) {
      case .none: break
      case .found(let received): found = received
      case .refused(let note): notes.append(note)
      }
      forms.append(found)
    }
    return (forms, notes)
  }

  private enum Outcome {
    case none
    case found([ReceivedFile])
    case refused(String)
  }

  private func companion(of document: UpstreamDocument, _ budget: DocumentBudget) async throws -> Outcome {
    // Without signatures there is nothing that could say which form is right.
    guard source.keyring != nil, let path = try Self.other(document.path),
      !document.received.contains(where: { $0.path == path })
    else { return .none }
    let name = root.appending(path).description
    do {
      guard
        let found = try await DocumentFetcher(
          source: source, root: root, client: client, keeping: keeping, budget: budget, now: now
        ).fetch(path, unless: nil)
      else { return .none }
      guard try Self.saysTheSame(found.verified.payload, document) else {
        return .refused("\(name) says something else than the form that was verified; it is not served")
      }
      return .found(found.received)
    } catch let error as TransferError where error.isAbsence {
      return .none
    } catch MirrorError.unsigned {
      // It has no signature beside it, as if it were not there.
      return .none
    } catch is CancellationError {
      throw CancellationError()
    } catch let error as StorageError {
      // Our own disk, and no word about the form.
      throw error
    } catch {
      // The form that was verified stands; a region that asks for this one gets a 404 rather than a lie.
      return .refused("\(error); it is not served")
    }
  }

  private static func other(_ path: TreePath) throws -> TreePath? {
    if path.string.hasSuffix(".sjson") {
      try TreePath(document: "\(path.string.dropLast("sjson".count))json")
    } else if path.string.hasSuffix(".json") {
      try TreePath(document: "\(path.string.dropLast("json".count))sjson")
    } else {
      nil
    }
  }

  private static func saysTheSame(_ payload: [UInt8], _ document: UpstreamDocument) throws -> Bool {
    switch document.content {
    case .index(let index):
      let found = try StreamIndex(payload)
      return try found.updated == index.updated && flattened(found) == flattened(index)
    case .products(let file):
      var found = try ProductsFile(payload)
      if found.datatype.isEmpty { found.datatype = file.datatype }
      return found == file
    }
  }

  /// An index whose paths say nothing of the form they lead to.
  private static func flattened(_ index: StreamIndex) throws -> [UInt8] {
    var index = index
    for position in index.entries.indices {
      let path = index.entries[position].path
      if path.string.hasSuffix(".sjson"), let plain = try other(path) { index.entries[position].path = plain }
    }
    return JSONWriter.write(index.json(updated: nil))
  }
}
