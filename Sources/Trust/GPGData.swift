import CGPGME
import Glibc

/// gpgme's view of bytes: of ours to read, or of what it writes. Nothing is copied on the way, since a document and its
/// signed form can be most of what a publish has in memory.
///
/// A caller that hands `raw` to gpgme keeps the object alive until the call is over: ARC may release it after its last mention.
final class GPGData {
  let raw: gpgme_data_t
  private let content: Content
  private let callbacks: UnsafeMutablePointer<gpgme_data_cbs>

  /// What gpgme's callbacks get. They come in the thread that called gpgme, while that waits.
  private final class Content {
    var bytes: [UInt8]
    var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    static func of(_ handle: UnsafeMutableRawPointer?) -> Content {
      // `init` of the data gave it, and its owner holds it.
      Unmanaged<Content>.fromOpaque(handle!).takeUnretainedValue()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
      let count = min(buffer.count, max(0, bytes.count - position))
      bytes.withUnsafeBytes {
        buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[position..<position + count]))
      }
      position += count
      return count
    }

    /// gpgme writes one thing after the other, or it would be another thing than it meant.
    func write(_ buffer: UnsafeRawBufferPointer) -> Int {
      if position != bytes.count { return -1 }
      bytes.append(contentsOf: buffer)
      position = bytes.count
      return buffer.count
    }

    func seek(_ offset: Int, _ whence: Int32) -> Int {
      let start: Int
      switch whence {
      case SEEK_SET: start = 0
      case SEEK_CUR: start = position
      case SEEK_END: start = bytes.count
      default: return -1
      }
      guard (0...bytes.count).contains(start + offset) else { return -1 }
      position = start + offset
      return position
    }
  }

  /// - Parameter bytes: to be read.
  convenience init(_ bytes: [UInt8]) throws(TrustError) { try self.init(Content(bytes)) }

  /// - Parameter count: about how many bytes are to come.
  convenience init(expecting count: Int = 0) throws(TrustError) {
    let content = Content([])
    content.bytes.reserveCapacity(count)
    try self.init(content)
  }

  private init(_ content: Content) throws(TrustError) {
    self.content = content
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(
      to: gpgme_data_cbs(
        read: { handle, buffer, size in
          Content.of(handle).read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
        },
        write: { handle, buffer, size in
          let count = Content.of(handle).write(UnsafeRawBufferPointer(start: buffer, count: size))
          if count < 0 { errno = EINVAL }
          return count
        },
        seek: { handle, offset, whence in
          let place = Content.of(handle).seek(Int(offset), whence)
          if place < 0 { errno = EINVAL }
          return off_t(place)
        }, release: nil))
    var data: gpgme_data_t?
    let code = gpgme_data_new_from_cbs(&data, callbacks, Unmanaged.passUnretained(content).toOpaque())
    guard code == 0, let data else {
      callbacks.deallocate()
      throw GPGContext.failure(code, "take a buffer")
    }
    raw = data
  }

  deinit {
    gpgme_data_release(raw)
    callbacks.deallocate()
  }

  /// All of it, whoever wrote it.
  var bytes: [UInt8] { content.bytes }
}
