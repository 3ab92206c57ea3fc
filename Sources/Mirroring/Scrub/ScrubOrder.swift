package import Simplestreams

/// Which blobs are read through first, and how far. Pure.
package enum ScrubOrder {
  package struct Blob: Sendable, Hashable {
    package var digest: SHA256Digest
    package var size: Int64
    /// When it was last found sound, in seconds since 1970; `nil` for never.
    package var checked: Int64?

    package init(digest: SHA256Digest, size: Int64, checked: Int64?) {
      self.digest = digest
      self.size = size
      self.checked = checked
    }
  }

  /// Those that were never checked, then those whose check is longest ago. A check in the future is one under a clock
  /// that was wrong, and says nothing.
  package static func sorted(_ blobs: [Blob], now: Int64) -> [Blob] {
    func rank(_ blob: Blob) -> Int64 { blob.checked.map { $0 <= now ? $0 : Int64.min } ?? .min }
    return blobs.sorted { (rank($0), $0.digest.hex) < (rank($1), $1.digest.hex) }
  }
}

/// How much may be read.
package struct ScrubBudget: Sendable {
  /// `nil` for no end.
  package var seconds: Int64?
  package var bytes: Int64?

  package init(seconds: Int64? = nil, bytes: Int64? = nil) {
    self.seconds = seconds
    self.bytes = bytes
  }

  /// Whether the next blob may be begun. The first one always is, so that a small budget gets on as well.
  func allows(_ next: Int64, after elapsed: Duration, read: Int64, count: Int) -> Bool {
    if count == 0 { return true }
    if let seconds, elapsed >= .seconds(seconds) { return false }
    return bytes.map { read + next <= $0 } ?? true
  }
}
