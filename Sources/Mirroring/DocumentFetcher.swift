import Simplestreams
import Storage
import Transfer
import Trust

/// Fetches one document in the forms that trees have it, and verifies it. Nothing unverified leaves here.
struct DocumentFetcher: Sendable {
  /// The full stable stream's products file has 1.3 MB.
  static let byteLimit: Int64 = 32 << 20
  static let signatureLimit: Int64 = 1 << 20
  /// Seconds. At the 8 kB/s of a modem the largest real document takes three minutes.
  static let timeLimit = 600

  let source: Source
  let root: RemoteURL
  let client: any HTTPClient
  let keeping: BytesKeeping
  let budget: DocumentBudget
  let now: Int64

  struct Verified: Sendable {
    var received: [ReceivedFile]
    var verified: VerifiedDocument
    var validators: Validators
  }

  /// `nil` when upstream says that what we have is current.
  func fetch(_ path: TreePath, unless validators: Validators?) async throws -> Verified? {
    let name = root.appending(path).description
    guard let (bytes, fresh) = try await get(path, unless: validators) else { return nil }
    guard let keyring = source.keyring else {
      let document = VerifiedDocument.acceptedWithoutSignature(bytes)
      return Verified(received: [try keeping.keep(bytes, as: path)], verified: document, validators: fresh)
    }
    if path.string.hasSuffix(".sjson") {
      let document = try await BlockingPool.run {
        try keyring.keyring().verify(clearSigned: bytes, as: name, now: now)
      }
      return Verified(received: [try keeping.keep(bytes, as: path)], verified: document, validators: fresh)
    }
    let signaturePath = try TreePath(document: path.string + ".gpg")
    guard let signature = try await getIfThere(signaturePath) else {
      throw MirrorError.unsigned(source: source.name, document: name)
    }
    let document = try await BlockingPool.run {
      try keyring.keyring().verify(bytes, detachedSignature: signature, as: name, now: now)
    }
    return Verified(
      received: [try keeping.keep(bytes, as: path), try keeping.keep(signature, as: signaturePath)], verified: document,
      validators: fresh)
  }

  /// A file that may not be there, which is how a tree says that it lacks a form.
  private func getIfThere(_ path: TreePath) async throws -> [UInt8]? {
    do {
      return try await get(path, unless: nil, limit: Self.signatureLimit)?.bytes
    } catch let error as TransferError where error.isAbsence {
      return nil
    }
  }

  private func get(
    _ path: TreePath, unless validators: Validators?, limit: Int64 = byteLimit
  ) async throws -> (bytes: [UInt8], validators: Validators)? {
    let sink = DocumentSink(limit: limit, budget: budget)
    let request = TransferRequest(
      url: root.appending(path), validators: validators.flatMap { $0.isEmpty ? nil : $0 }, byteLimit: limit,
      timeLimit: Self.timeLimit)
    let head = try await client.get(request, into: sink)
    return head.status == 304 ? nil : (sink.bytes, head.validators)
  }
}

extension TransferError {
  /// Who was asked can tell, and the file is not there.
  var isAbsence: Bool {
    switch self {
    case .status(_, let code, _): code == 404 || code == 410 || code == 403
    case .notCarried: true
    default: false
    }
  }
}
