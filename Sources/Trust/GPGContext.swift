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
