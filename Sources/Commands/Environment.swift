import Glibc

/// Variables that are meant for this process alone.
enum Environment {
  /// Takes a variable out, so that no program that is started from here believes it to be meant for itself. To be
  /// called before there are other threads.
  static func take(_ name: String) -> String? {
    guard let value = getenv(name) else { return nil }
    defer { unsetenv(name) }
    return String(cString: value)
  }
}
