/// Bytes on their way to a file, gathered into pieces that are worth a system call.
///
/// What a kernel does for each call and for each page of its cache is most of what writing costs, and curl hands on 16 KiB.
struct GatheredBytes: ~Copyable {
  static let capacity = 128 * 1024

  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 4096)
  private var count = 0

  deinit { buffer.deallocate() }

  /// Valid until the next change.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: buffer[..<count]) }
  var isEmpty: Bool { count == 0 }
  var isFull: Bool { count == Self.capacity }

  /// Takes what there is room for, and returns the rest.
  mutating func take(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let taken = min(bytes.count, Self.capacity - count)
    UnsafeMutableRawBufferPointer(rebasing: buffer[count...]).copyMemory(
      from: UnsafeRawBufferPointer(rebasing: bytes[..<taken]))
    count += taken
    return UnsafeRawBufferPointer(rebasing: bytes[taken...])
  }

  mutating func removeAll() { count = 0 }
}
