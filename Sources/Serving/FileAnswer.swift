import Simplestreams
import Storage

/// The answer to a request for a file that is there.
struct FileAnswer {
  let request: Request
  let entry: TreeView.Entry

  var answer: Answer {
    var answer = unnamed
    answer.file = entry
    return answer
  }

  private var unnamed: Answer {
    let form = form
    if request.isConditional {
      switch Preconditions.judge(request, tag: form.tag, modified: form.modified) {
      case .notModified: return Answer(304, [], .none, ready: form.validators)
      case .failed: return .text(412, "the file is not the one that the request names")
      case .go: break
      }
    }
    // §14.2: a range is for GET alone.
    var answer = whole(form)
    if request.method == .get, let range = request[.range],
      Preconditions.rangeHolds(request, tag: form.tag, modified: form.modified)
    {
      answer = self.answer(with: form, ByteRange(range, size: form.size))
    }
    answer.form = form
    return answer
  }

  private var form: FileForm {
    guard entry.isNegotiated, let accepted = request[.acceptEncoding] else { return entry.form(in: nil) }
    return entry.form(in: ContentCoding.preferred(by: accepted, of: entry.codings))
  }

  private func whole(_ form: FileForm) -> Answer {
    var answer = Answer(200, [], .blob(form.digest, size: form.size, range: 0..<form.size), ready: form.head)
    answer.isHeadReady = true
    return answer
  }

  private func answer(with form: FileForm, _ range: ByteRange) -> Answer {
    // §15.3.7: whoever asks with If-Range has the fields of the whole, and is not told them again.
    let isRenewal = request[.ifRange] != nil
    let ready = isRenewal ? form.renewal : form.validators + form.representation
    switch range {
    case .whole: return whole(form)
    case .part(let range):
      let place = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(form.size)"
      return Answer(
        206, (isRenewal ? [] : [("Content-Type", form.type)]) + [("Content-Range", place)],
        .blob(form.digest, size: form.size, range: range), ready: ready)
    case .parts(let ranges):
      // §15.3.7.2: each part has its own Content-Range, and the head has none.
      let parts = MultipartRanges(digest: form.digest, size: form.size, type: form.type, ranges: ranges)
      return Answer(
        206, [("Content-Type", parts.contentType)], .parts(form.digest, size: form.size, parts.pieces), ready: ready)
    case .unsatisfiable:
      return .text(416, "the file has \(form.size) bytes", [("Content-Range", "bytes */\(form.size)")])
    }
  }
}
