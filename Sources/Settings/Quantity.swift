/// Sizes, rates and durations as people write them.
package enum Quantity {
  /// `"10 GB"`, `"512 MiB"`, `"1500"`: bytes.
  package static func bytes(_ text: String) -> Int64? {
    scaled(
      text,
      units: [
        "": 1, "b": 1, "kb": 1_000, "mb": 1_000_000, "gb": 1_000_000_000, "tb": 1_000_000_000_000, "kib": 1 << 10,
        "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
      ])
  }

  /// `"50 MB/s"`: bytes a second.
  static func rate(_ text: String) -> Int64? {
    let packed = text.filter { $0 != " " }.lowercased()
    let value = bytes(packed.hasSuffix("/s") ? String(packed.dropLast(2)) : packed)
    // No bytes a second would be no end of a sync.
    return value.flatMap { $0 > 0 ? $0 : nil }
  }

  /// `"7 days"`, `"30 s"`, `"2h"`: seconds.
  package static func seconds(_ text: String) -> Int64? {
    scaled(
      text,
      units: [
        "": 1, "s": 1, "second": 1, "seconds": 1, "m": 60, "min": 60, "minute": 60, "minutes": 60, "h": 3600,
        "hour": 3600, "hours": 3600, "d": 86400, "day": 86400, "days": 86400, "week": 604800, "weeks": 604800,
      ])
  }

  /// `"50 %"`: 50.
  static func percent(_ text: String) -> Int64? {
    guard text.hasSuffix("%"), let value = scaled(String(text.dropLast()), units: ["": 1]) else { return nil }
    return value <= 100 ? value : nil
  }

  private static func scaled(_ text: String, units: [String: Int64]) -> Int64? {
    let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    let unit = text.dropFirst(number.count).filter { $0 != " " }.lowercased()
    guard !number.isEmpty, let scale = units[unit], let value = Double(number) else { return nil }
    let scaled = value * Double(scale)
    return scaled < 1e18 ? Int64(scaled.rounded()) : nil
  }
}
