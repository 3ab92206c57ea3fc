/// Sizes for people: decimal units, three digits, as disks and networks are sold.
package enum Bytes {
  package static func text(_ count: Int64) -> String {
    if count < 1000 { return "\(count) B" }
    var value = Double(count)
    var unit = 0
    let units = ["B", "kB", "MB", "GB", "TB", "PB"]
    while value >= 999.5, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    let tenths = Int64((value * 10).rounded())
    return value < 99.95 ? "\(tenths / 10).\(tenths % 10) \(units[unit])" : "\(Int64(value.rounded())) \(units[unit])"
  }
}
