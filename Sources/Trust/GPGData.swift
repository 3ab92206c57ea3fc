import CGPGME
import Glibc

/// gpgme's view of bytes: of ours to read, or of what it writes. Nothing is copied on the way, since a document and its
/// signed form can be most of what a publish has in memory.
///
/// A caller that hands `raw` to gpgme keeps the object alive until the call is over: ARC may release it after its last mention.
final class GPGData {
  typealias Sink = (UnsafeRawBufferPointer) -> Void

  let raw: gpgme_data_t
  private let content: Content
  private let callbacks: UnsafeMutablePointer<gpgme_data_cbs>

  /// What gpgme's callbacks get. They come in the thread that called gpgme, while that waits.
  private final class Content {
    private let source: any ByteSource
    private let sink: Sink?
    private var position = 0
    fileprivate var failure: (any Error)?
    fileprivate var written: [UInt8] = []

    init(source: any ByteSource = [], sink: Sink? = nil) {
      self.source = source
      self.sink = sink
    }

    static func of(_ handle: UnsafeMutableRawPointer?) -> Content {
      // `init` of the data gave it, and its owner holds it.
      Unmanaged<Content>.fromOpaque(handle!).takeUnretainedValue()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
      do {
        let count = try source.read(at: position, into: buffer)
        position += count
        return count
      } catch {
        failure = error
        return -1
      }
    }

    func write(_ buffer: UnsafeRawBufferPointer) -> Int {
      if let sink { sink(buffer) } else { written.append(contentsOf: buffer) }
      return buffer.count
    }

    /// Of what is read: what is written is handed on, one thing after the other.
    func seek(_ offset: Int, _ whence: Int32) -> Int {
      let start: Int
      switch whence {
      case SEEK_SET: start = 0
      case SEEK_CUR: start = position
      case SEEK_END: start = source.count
      default: return -1
      }
      guard (0...source.count).contains(start + offset) else { return -1 }
      position = start + offset
      return position
    }
  }

  /// - Parameter source: to be read.
  convenience init(_ source: any ByteSource) throws(TrustError) { try self.init(Content(source: source)) }

  /// - Parameter count: about how many bytes are to come.
  convenience init(expecting count: Int = 0) throws(TrustError) {
    let content = Content()
    content.written.reserveCapacity(count)
    try self.init(content)
  }

  /// - Parameter sink: gets what gpgme writes, piece by piece.
  convenience init(to sink: @escaping Sink) throws(TrustError) { try self.init(Content(sink: sink)) }

  private init(_ content: Content) throws(TrustError) {
    self.content = content
    callbacks = .allocate(capacity: 1)
    callbacks.initialize(
      to: gpgme_data_cbs(
        read: { handle, buffer, size in
          let count = Content.of(handle).read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size))
          if count < 0 { errno = EIO }
          return count
        },
        write: { handle, buffer, size in
          Content.of(handle).write(UnsafeRawBufferPointer(start: buffer, count: size))
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

  /// What gpgme wrote.
  var bytes: [UInt8] { content.written }

  /// Why what was to be read could not be.
  var failure: (any Error)? { content.failure }
}
