import Simplestreams

/// Dates of HTTP (RFC 9110 §5.6.7): written as IMF-fixdate, read in all three forms.
enum HTTPDate {
  static func text(_ seconds: Int64) -> String {
    "\(Timestamp(seconds: seconds).mail.dropLast("+0000".count))GMT"
  }

  private static let days: Set<Substring> = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

  static func seconds(_ text: String) -> Int64? {
    let words = text.split(separator: " ")
    guard let day = words.first, days.contains(day.prefix(3)) else { return nil }
    switch words.count {
    case 6 where words[5] == "GMT":  // Sun, 06 Nov 1994 08:49:37 GMT
      return moment(words[1], words[2], words[3], words[4])
    case 4 where words[3] == "GMT":  // Sunday, 06-Nov-94 08:49:37 GMT
      let date = words[1].split(separator: "-")
      guard date.count == 3, date[2].utf8.count == 2, let year = Int(date[2]) else { return nil }
      return moment(date[0], date[1], "\(year < 70 ? 2000 + year : 1900 + year)"[...], words[2])
    case 5:  // Sun Nov  6 08:49:37 1994
      return moment(words[2], words[1], words[4], words[3])
    default:
      return nil
    }
  }

  private static func moment(_ day: Substring, _ month: Substring, _ year: Substring, _ time: Substring) -> Int64? {
    Timestamp("\(day) \(month) \(year) \(time) +0000")?.seconds
  }
}
