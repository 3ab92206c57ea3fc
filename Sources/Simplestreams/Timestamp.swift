/// A moment in whole seconds since 1970, as documents name it.
package struct Timestamp: Hashable, Comparable, Sendable {
  package let seconds: Int64

  package init(seconds: Int64) { self.seconds = seconds }

  package static func < (left: Timestamp, right: Timestamp) -> Bool { left.seconds < right.seconds }

  /// RFC 2822 (`Thu, 24 Jul 2025 09:01:43 +0000`) or ISO 8601 (`2025-07-24T09:01:43Z`). A zone name such as `GMT`
  /// is refused, because the new MAAS client refuses it.
  package init?(_ text: String) {
    guard let seconds = Self.mail(text) ?? Self.iso(text) else { return nil }
    self.seconds = seconds
  }

  /// RFC 2822, in UTC: what simplestreams writes.
  package var mail: String {
    let (year, month, day) = Self.civil(fromDays: Self.floorDivide(seconds, 86400))
    let second = seconds - Self.floorDivide(seconds, 86400) * 86400
    let weekday = Self.weekdays[Int((Self.floorDivide(seconds, 86400) % 7 + 11) % 7)]
    let time = [second / 3600, second / 60 % 60, second % 60].map(Self.two).joined(separator: ":")
    return "\(weekday), \(Self.two(day)) \(Self.months[Int(month) - 1]) \(year) \(time) +0000"
  }

  /// ISO 8601, in UTC: what people read in our tables.
  package var iso: String {
    let (year, month, day) = Self.civil(fromDays: Self.floorDivide(seconds, 86400))
    let second = seconds - Self.floorDivide(seconds, 86400) * 86400
    let time = [second / 3600, second / 60 % 60, second % 60].map(Self.two).joined(separator: ":")
    return "\(year)-\(Self.two(month))-\(Self.two(day))T\(time)Z"
  }

  private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
  /// 1970-01-01 was a Thursday.
  private static let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

  private static func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

  private static func mail(_ text: String) -> Int64? {
    var words = text.split(separator: " ")
    if words.count == 6, words[0].hasSuffix(",") { words.removeFirst() }
    guard words.count == 5, let day = digits(words[0], 1...2), let month = months.firstIndex(of: String(words[1])),
      let year = digits(words[2], 4...4), let time = clock(words[3]), let zone = offset(words[4])
    else { return nil }
    return moment(year, Int64(month + 1), day, time, zone)
  }

  private static func iso(_ text: String) -> Int64? {
    guard text.utf8.count >= 10 else { return nil }
    let date = text.prefix(10).split(separator: "-", omittingEmptySubsequences: false)
    guard date.count == 3, let year = digits(date[0], 4...4), let month = digits(date[1], 2...2),
      let day = digits(date[2], 2...2)
    else { return nil }
    var rest = text.dropFirst(10)
    if rest.isEmpty { return moment(year, month, day, 0, 0) }
    guard rest.first == "T" || rest.first == " " else { return nil }
    rest = rest.dropFirst()
    var zone: Int64 = 0
    if rest.last == "Z" {
      rest = rest.dropLast()
    } else if let sign = rest.lastIndex(where: { $0 == "+" || $0 == "-" }) {
      guard let found = offset(rest[sign...].filter { $0 != ":" }[...]) else { return nil }
      zone = found
      rest = rest[..<sign]
    }
    if let point = rest.firstIndex(of: ".") {
      guard rest[rest.index(after: point)...].allSatisfy(\.isNumber) else { return nil }
      rest = rest[..<point]
    }
    guard let time = clock(rest) else { return nil }
    return moment(year, month, day, time, zone)
  }

  private static func clock(_ text: Substring) -> Int64? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2 || parts.count == 3, let hour = digits(parts[0], 2...2), hour < 24,
      let minute = digits(parts[1], 2...2), minute < 60
    else { return nil }
    guard parts.count == 3 else { return hour * 3600 + minute * 60 }
    guard let second = digits(parts[2], 2...2), second <= 60 else { return nil }
    return hour * 3600 + minute * 60 + second
  }

  private static func offset(_ text: Substring) -> Int64? {
    guard let sign = text.first, sign == "+" || sign == "-" else { return nil }
    guard let number = digits(text.dropFirst(), 4...4), number / 100 < 24, number % 100 < 60 else { return nil }
    let seconds = number / 100 * 3600 + number % 100 * 60
    return sign == "+" ? seconds : -seconds
  }

  private static func digits(_ text: Substring, _ width: ClosedRange<Int>) -> Int64? {
    guard width.contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return Int64(text)
  }

  private static func moment(_ year: Int64, _ month: Int64, _ day: Int64, _ time: Int64, _ zone: Int64) -> Int64? {
    guard (1...12).contains(month), (1...31).contains(day) else { return nil }
    let days = days(fromCivil: year, month, day)
    let back = civil(fromDays: days)
    guard back == (year, month, day) else { return nil }
    return days * 86400 + time - zone
  }

  private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : (a - b + 1) / b }

  /// The proleptic Gregorian calendar counted from 1 March of year 0, where leap days come last.
  private static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
    let shifted = month <= 2 ? year - 1 : year
    let era = floorDivide(shifted, 400)
    let yearOfEra = shifted - era * 400
    let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
    return era * 146097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719468
  }

  private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
    let shifted = days + 719468
    let era = floorDivide(shifted, 146097)
    let dayOfEra = shifted - era * 146097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
  }
}
