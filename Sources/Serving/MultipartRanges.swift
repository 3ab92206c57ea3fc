import Simplestreams

/// Several parts of one file in one body: `multipart/byteranges` (RFC 9110 §14.6).
struct MultipartRanges {
  let digest: SHA256Digest
  let size: Int64
  let type: String
  let ranges: [Range<Int64>]

  /// Of the file's own hash, which no file can contain but by an accident of 1 in 2¹²⁸.
  private var boundary: String { "maas-mirror-\(digest.hex.prefix(32))" }

  var contentType: String { "multipart/byteranges; boundary=\(boundary)" }

  var pieces: [Answer.Piece] {
    var pieces: [Answer.Piece] = []
    for (index, range) in ranges.enumerated() {
      let head = """
        \(index > 0 ? "\r\n" : "")--\(boundary)\r
        Content-Type: \(type)\r
        Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)\r
        \r

        """
      pieces += [.bytes(Array(head.utf8)), .range(range)]
    }
    return pieces + [.bytes(Array("\r\n--\(boundary)--\r\n".utf8))]
  }
}
