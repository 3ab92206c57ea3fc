import CGPGME

/// A gpgme context, bound to one GnuPG home. Used under its owner's lock.
final class GPGContext {
  let raw: gpgme_ctx_t

  /// gpgme demands this call before any other, once.
  static let isInitialised = gpgme_check_version(nil) != nil

  init(home: String) throws(TrustError) {
    guard Self.isInitialised else { throw .gnupg(operation: "start", reason: "gpgme does not initialise") }
    guard gpgme_engine_check_version(GPGME_PROTOCOL_OpenPGP) == 0 else {
      throw .gnupg(operation: "start", reason: "there is no such program, or it is too old")
    }
    var context: gpgme_ctx_t?
    try Self.check(gpgme_new(&context), "start")
    raw = context!
    let engine = gpgme_ctx_set_engine_info(raw, GPGME_PROTOCOL_OpenPGP, nil, home)
    if engine != 0 {
      gpgme_release(raw)
      throw Self.failure(engine, "start")
    }
    gpgme_set_offline(raw, 1)
  }

  deinit { gpgme_release(raw) }

  static func check(_ code: gpgme_error_t, _ operation: String) throws(TrustError) {
    if code != 0 { throw failure(code, operation) }
  }

  static func failure(_ code: gpgme_error_t, _ operation: String) -> TrustError {
    .gnupg(operation: operation, reason: String(cString: gpgme_strerror(code)))
  }
}

/// gpgme's view of a buffer: of ours to read, or of its own to fill. A caller that hands `raw` to gpgme keeps the object
/// alive until the call is over: ARC may release it after its last mention.
final class GPGData {
  let raw: gpgme_data_t
  /// gpgme reads from here for as long as it lives.
  private let held: UnsafeMutablePointer<CChar>?

  init(_ bytes: [UInt8]) throws(TrustError) {
    var data: gpgme_data_t?
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: max(bytes.count, 1))
    bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(start: copy, count: bytes.count).copyMemory(from: $0) }
    held = copy
    let code = gpgme_data_new_from_mem(&data, copy, bytes.count, 0)
    guard code == 0, let data else {
      copy.deallocate()
      throw GPGContext.failure(code, "take a buffer")
    }
    raw = data
  }

  init() throws(TrustError) {
    held = nil
    var data: gpgme_data_t?
    try GPGContext.check(gpgme_data_new(&data), "make a buffer")
    raw = data!
  }

  deinit {
    gpgme_data_release(raw)
    held?.deallocate()
  }

  func bytes() throws(TrustError) -> [UInt8] {
    let size = gpgme_data_seek(raw, 0, SEEK_END)
    guard size >= 0, gpgme_data_seek(raw, 0, SEEK_SET) == 0 else {
      throw .gnupg(operation: "return its result", reason: "the buffer cannot be read")
    }
    let length = Int(size)
    let result = [UInt8](unsafeUninitializedCapacity: length) { buffer, filled in
      while filled < length {
        let count = gpgme_data_read(raw, buffer.baseAddress! + filled, length - filled)
        if count <= 0 { break }
        filled += count
      }
    }
    guard result.count == length else {
      throw .gnupg(operation: "return its result", reason: "the buffer ended early")
    }
    return result
  }
}
