import Simplestreams

/// Parts of files that clients took, put together: who goes on with a download that broke off has all of it in the end. Some
/// are kept, in memory; a file whose parts were forgotten counts as taken in part.
struct PartialFiles {
  private struct Key: Hashable {
    var client: String
    var file: SHA256Digest
  }

  private struct Parts {
    /// In order; none touches another.
    var ranges: [Range<Int64>]
    /// Seconds since 1970 of the last one.
    var time: Int64
  }

  static let limit = 4096
  /// Of one file.
  static let rangeLimit = 64

  private var files: [Key: Parts] = [:]

  var count: Int { files.count }

  /// - Returns: whether the client has all of the file with these.
  mutating func add(_ ranges: [Range<Int64>], of file: SHA256Digest, size: Int64, by client: String, at time: Int64)
    -> Bool
  {
    if ranges.isEmpty { return false }
    let key = Key(client: client, file: file)
    var parts = files[key] ?? Parts(ranges: [], time: time)
    parts.time = max(parts.time, time)
    for range in ranges { parts.ranges = Self.joined(parts.ranges, range) }
    if parts.ranges == [0..<size] {
      files[key] = nil
      return true
    }
    // The shortest say least.
    while parts.ranges.count > Self.rangeLimit,
      let least = parts.ranges.indices.min(by: {
        parts.ranges[$0].count < parts.ranges[$1].count
      })
    {
      parts.ranges.remove(at: least)
    }
    if files[key] == nil, files.count >= Self.limit { forgetTheOldest() }
    files[key] = parts
    return false
  }

  /// A quarter of them, so that it is not to be done for each that comes.
  private mutating func forgetTheOldest() {
    let oldest = files.sorted { $0.value.time < $1.value.time }.prefix(Self.limit / 4)
    for (key, _) in oldest { files[key] = nil }
  }

  private static func joined(_ ranges: [Range<Int64>], _ range: Range<Int64>) -> [Range<Int64>] {
    var whole = range
    var apart: [Range<Int64>] = []
    for other in ranges {
      if other.upperBound < whole.lowerBound || whole.upperBound < other.lowerBound {
        apart.append(other)
      } else {
        whole = min(whole.lowerBound, other.lowerBound)..<max(whole.upperBound, other.upperBound)
      }
    }
    return (apart + [whole]).sorted { $0.lowerBound < $1.lowerBound }
  }
}
