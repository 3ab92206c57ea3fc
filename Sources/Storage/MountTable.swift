import Glibc

/// Which disks should be mounted, and which are: a data folder whose disk is not mounted looks like one that is new, and
/// a sync would fill the disk below it.
package struct MountTable: Sendable {
  /// Mount points that the system is told to have (fstab(5)).
  let expected: [String]
  /// Those that there are (proc(5), mountinfo).
  let present: Set<String>

  package init(fstab: String, mountinfo: String) {
    expected = fstab.split(separator: "\n").compactMap { line in
      let fields = line.split { $0 == " " || $0 == "\t" }
      guard fields.count >= 3, !fields[0].hasPrefix("#"), fields[1].hasPrefix("/") else { return nil }
      return Self.plain(fields[1])
    }
    present = Set(
      mountinfo.split(separator: "\n").compactMap { line in
        let fields = line.split(separator: " ")
        return fields.count > 4 ? Self.plain(fields[4]) : nil
      })
  }

  /// Of this system. Where the tables cannot be read, nothing is expected.
  package static func current() -> MountTable {
    func text(_ path: String) -> String {
      guard let file = fopen(path, "re") else { return "" }
      defer { fclose(file) }
      var bytes: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = fread(&buffer, 1, buffer.count, file), count > 0 { bytes += buffer[..<count] }
      return String(decoding: bytes, as: UTF8.self)
    }
    return MountTable(fstab: text("/etc/fstab"), mountinfo: text("/proc/self/mountinfo"))
  }

  /// The mount point above a path, or at it, that should be there and is not.
  ///
  /// - Parameter path: absolute, without symbolic links.
  package func missing(above path: String) -> String? {
    expected.filter { $0 != "/" && !present.contains($0) && (path == $0 || path.hasPrefix($0 + "/")) }
      .max { $0.utf8.count < $1.utf8.count }
  }

  /// Without a slash at the end, and with what stands for blanks (`\040`) resolved.
  private static func plain(_ field: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = field.utf8[...]
    while let byte = rest.popFirst() {
      let digits = rest.prefix(3)
      if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(Substring(digits)), radix: 8) {
        bytes.append(value)
        rest = rest.dropFirst(3)
      } else {
        bytes.append(byte)
      }
    }
    if bytes.count > 1, bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension DataFolder {
  /// Refuses a folder whose disk seems not to be mounted.
  package func requireMounted(_ table: MountTable = .current()) throws(StorageError) {
    if let point = table.missing(above: Self.resolved(root)) { throw .notMounted(path: root, point: point) }
    // An empty folder in the place of all blobs is a mount point; one that is gone was removed by somebody.
    guard try FileSystem.status("\(root)/blobs") != nil, try FileSystem.names(in: "\(root)/blobs").isEmpty,
      try FileSystem.names(in: snapshots).contains(where: { $0.hasSuffix(".json") })
    else { return }
    throw .notMounted(path: root, point: "\(root)/blobs")
  }

  /// Whether a path leads to this folder or into it.
  package func contains(_ path: String) -> Bool {
    let (inner, outer) = (Self.resolved(path), Self.resolved(root))
    return inner == outer || inner.hasPrefix("\(outer)/")
  }

  /// The path without symbolic links, as far as it is there.
  static func resolved(_ path: String) -> String {
    if let real = realpath(path, nil) {
      defer { free(real) }
      return String(cString: real)
    }
    let parent = FileSystem.parent(of: path)
    if parent == path || parent == "." { return path }
    let above = resolved(parent)
    return (above == "/" ? "" : above) + path.dropFirst(parent == "/" ? 0 : parent.count)
  }
}
