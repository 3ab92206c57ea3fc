import Simplestreams
import Storage

/// The answer to a request for a file that is there.
struct FileAnswer {
  typealias Headers = [(name: String, value: String)]

  let request: Request
  let entry: TreeView.Entry
  let type: String

  var answer: Answer {
    let codings = ContentCoding.allCases.filter { entry[$0] != nil }
    if codings.isEmpty { return answer(with: entry) }
    // RFC 9110 §12.5.5: caches must know that the answer hangs on the request's encodings. Each form has its own tag.
    let vary: Headers = [("Vary", "Accept-Encoding")]
    guard let coding = ContentCoding.preferred(by: request[.acceptEncoding], of: codings),
      let packed = entry[coding]
    else { return answer(with: entry, vary) }
    var form = entry
    (form.digest, form.size) = (packed.sha256, packed.size)
    return answer(with: form, vary, [("Content-Encoding", coding.rawValue)])
  }

  private func answer(with form: TreeView.Entry, _ vary: Headers = [], _ coding: Headers = []) -> Answer {
    let tag = "\"\(form.digest.hex)\""
    var headers: Headers = [
      ("ETag", tag), ("Last-Modified", HTTPDate.text(form.modified)),
      ("Cache-Control", form.isDocument ? "no-cache" : "max-age=31536000, immutable"),
    ]
    headers += vary
    switch Preconditions.judge(request, tag: tag, modified: form.modified) {
    case .notModified: return Answer(304, headers, .none)
    case .failed: return .text(412, "the file is not the one that the request names")
    case .go: break
    }
    headers += coding
    headers += [("Accept-Ranges", "bytes"), ("Repr-Digest", ReprDigest.of(form.digest))]
    return answer(with: form, headers, range(of: form, tag: tag))
  }

  private func answer(with form: TreeView.Entry, _ headers: Headers, _ range: ByteRange) -> Answer {
    switch range {
    case .whole:
      return Answer(
        200, headers + [("Content-Type", type)], .blob(form.digest, size: form.size, range: 0..<form.size))
    case .part(let range):
      let place = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(form.size)"
      return Answer(
        206, headers + [("Content-Type", type), ("Content-Range", place)],
        .blob(form.digest, size: form.size, range: range))
    case .parts(let ranges):
      // §15.3.7.2: each part has its own Content-Range, and the head has none.
      let parts = MultipartRanges(digest: form.digest, size: form.size, type: type, ranges: ranges)
      return Answer(
        206, headers + [("Content-Type", parts.contentType)], .parts(form.digest, size: form.size, parts.pieces))
    case .unsatisfiable:
      return .text(416, "the file has \(form.size) bytes", [("Content-Range", "bytes */\(form.size)")])
    }
  }

  /// §14.2: a range is for GET alone.
  private func range(of form: TreeView.Entry, tag: String) -> ByteRange {
    guard request.method == .get, Preconditions.rangeHolds(request, tag: tag, modified: form.modified) else {
      return .whole
    }
    return ByteRange(request[.range], size: form.size)
  }
}
