import Simplestreams

@testable import Transfer

/// What servers say, and words that stand in documents.
enum TransferFuzzing {
  /// A response's head, line by line, as an answer to a request that goes on at byte 5.
  static func response(_ bytes: [UInt8]) {
    guard let url = try? RemoteURL("http://a.example/") else { return }
    let request = TransferRequest(
      url: url, resumeAt: 5, validators: Validators(entityTag: "\"a\""), byteLimit: 1 << 30, expectedLength: 100)
    var reader = HeadReader()
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      let whole = Array(line) + [UInt8(ascii: "\n")]
      guard let fields = try? whole.withUnsafeBytes({ try reader.read($0) }) else { continue }
      let seconds = fields.retryAfter.flatMap { RetryAfter.seconds($0, now: 1_800_000_000) }
      guard case .deliver(let head)? = try? ResponseVerdict(fields, to: request, retryAfter: seconds) else { continue }
      precondition(head.startsAt == 0 || head.startsAt == request.resumeAt)
      precondition(head.length == nil || head.length == request.expectedLength)
    }
  }

  /// Paths, addresses, times and ids.
  static func words(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let path = try? TreePath(item: text) {
      precondition(!path.string.split(separator: "/").contains("..") && !path.string.hasPrefix("/"))
      precondition(!path.percentEncoded.utf8.contains { $0 <= 0x20 || $0 >= 0x7F })
    }
    if let url = try? RemoteURL(text) {
      guard let again = try? RemoteURL(url.unredacted) else { preconditionFailure("an address that is none") }
      precondition(again == url)
      var trail = RedirectTrail(url, policy: RedirectPolicy(), limit: 5)
      if let next = try? trail.next(from: url, to: text, peer: nil) { precondition(next == url) }
    }
    if let time = Timestamp(text) {
      precondition(Timestamp(time.mail) == time || time.seconds < 0 || time.iso.count > 20)
    }
    if let id = ContentID(text) { precondition(!id.string.contains("/")) }
    if let digest = SHA256Digest(hex: text) { precondition(SHA256Digest(hex: digest.hex) == digest) }
    _ = NetworkAddress(text)?.isPrivate
    _ = Redaction([]).scrub(text)
    _ = Glob(text).matches("jammy")
  }
}
