import Glibc

/// The bytes of a configuration file, as text.
enum ConfigurationFile {
  /// Far more than a person writes; what is larger is some other file.
  static let limit = 4 << 20

  static func read(_ path: String) throws(SettingsError) -> String {
    guard let text = String(validating: try bytes(of: path), as: UTF8.self) else {
      throw problem(path, "it is not UTF-8 text", "save it as UTF-8")
    }
    return text
  }

  static func bytes(of path: String) throws(SettingsError) -> [UInt8] {
    guard let file = fopen(path, "re") else { throw unreadable(path, errno) }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 {
        // A folder opens like a file, and fails only when it is read.
        if ferror(file) != 0 { throw unreadable(path, errno) }
        break
      }
      bytes += buffer[..<count]
      if bytes.count > limit {
        throw problem(path, "it is larger than 4 MiB, so it is no configuration", "name another with --config")
      }
    }
    return bytes
  }

  private static func unreadable(_ path: String, _ code: Int32) -> SettingsError {
    switch code {
    case ENOENT, ENOTDIR:
      problem(path, "there is no such file", "run “maas-mirror init” to write one, or name another with --config")
    case EISDIR: problem(path, "it is a folder", "name the file in it with --config")
    default:
      problem(path, "it cannot be read (\(String(cString: strerror(code))))", "let this user read it")
    }
  }

  private static func problem(_ path: String, _ what: String, _ remedy: String) -> SettingsError {
    SettingsError(problems: [.init(file: path, line: nil, what: what, remedy: remedy)])
  }
}
