/// Where a file of lines ends when there is no room in the middle of one: the rest of that line comes before any other, else the
/// next one would stand behind half of it, and both would be lost to whoever reads them.
struct LogTail {
  /// Of a line that was cut.
  private(set) var rest: [UInt8] = []

  /// - Parameters:
  ///   - bytes: whole lines, behind what `rest` was.
  ///   - written: how many of the bytes are in the file.
  /// - Returns: how many lines are lost.
  mutating func end(of bytes: [UInt8], written: Int) -> Int {
    let newline = UInt8(ascii: "\n")
    let isCut = written > 0 ? bytes[written - 1] != newline : !rest.isEmpty
    let left = bytes[written...]
    rest = isCut ? left.prefix { $0 != newline } + [newline] : []
    return left.dropFirst(rest.count).count { $0 == newline }
  }

  /// For another file, in which half a line says nothing.
  /// - Returns: how many lines are lost.
  mutating func leave() -> Int {
    defer { rest = [] }
    return rest.isEmpty ? 0 : 1
  }
}
