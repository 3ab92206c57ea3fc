import FoundationEssentials
import Glibc

/// The demo's own files.
enum DemoFolder {
  static func make(in parent: String) throws -> String {
    var template = Array("\(parent)/maas-mirror-demo-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw CommandFailure(
        code: ExitTable.disk, message: "cannot make a folder in \(parent): \(String(cString: strerror(errno)))")
    }
    return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  static func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "we"), fwrite(bytes, 1, bytes.count, file) == bytes.count, fclose(file) == 0 else {
      throw CommandFailure(code: ExitTable.disk, message: "cannot write \(path): \(String(cString: strerror(errno)))")
    }
  }

  /// Only ever called with a folder that `make` made.
  static func remove(_ path: String) {
    // What cannot be removed is a leftover in the system's temporary folder, not a failure of the demo.
    try? FileManager.default.removeItem(atPath: path)
  }

  /// A path as it is seen from everywhere.
  static func absolute(_ path: String) -> String {
    if path.hasPrefix("/") { return path }
    return "\(current)/\(path.hasPrefix("./") ? path.dropFirst(2) : path[...])"
  }

  static var current: String {
    guard let path = getcwd(nil, 0) else { return "." }
    defer { free(path) }
    return String(cString: path)
  }
}
