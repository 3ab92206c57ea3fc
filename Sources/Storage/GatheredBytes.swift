/// Bytes on their way to a file, gathered into pieces that are worth a system call.
///
/// What a kernel does for each call and for each page of its cache is most of what writing costs, and curl hands on 16 KiB.
struct GatheredBytes: ~Copyable {
  static let most = 256 * 1024

  private let buffer: UnsafeMutableRawBufferPointer
  private var count = 0

  /// - Parameter size: of the file; a small one needs no more.
  init(for size: Int64) {
    buffer = .allocate(byteCount: Int(min(Int64(Self.most), max(1, size))), alignment: 4096)
  }

  deinit { buffer.deallocate() }

  /// Valid until the next change.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
  var isEmpty: Bool { count == 0 }
  var isFull: Bool { count == buffer.count }

  /// Takes what there is room for, and returns the rest.
  mutating func take(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let taken = min(bytes.count, buffer.count - count)
    UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: bytes[..<taken]))
    count += taken
    return UnsafeRawBufferPointer(rebasing: bytes[taken...])
  }

  mutating func removeAll() { count = 0 }
}
