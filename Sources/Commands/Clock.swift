import Glibc

enum Clock {
  /// Seconds since 1970.
  @Sendable static func now() -> Int64 { Int64(time(nil)) }

  /// `3 h`, `2 days`: how long ago something was.
  static func age(_ seconds: Int64) -> String {
    switch seconds {
    case ..<120: "\(max(0, seconds)) s"
    case ..<7200: "\(seconds / 60) min"
    case ..<172_800: "\(seconds / 3600) h"
    default: "\(seconds / 86400) days"
    }
  }
}
