import Glibc
import NIOSSL
import Simplestreams
import Synchronization

/// The certificate that new connections are shown. A reload changes it; connections that are open keep theirs.
final class TLSBook: Sendable {
  /// What is shown from a moment on, read and found in order.
  struct Page: Sendable {
    fileprivate var context: NIOSSLContext?
    /// Seconds since 1970 at which the certificate ends.
    fileprivate(set) var expires: Int64?
    fileprivate var path = ""

    var hasIdentity: Bool { context != nil }
  }

  private let state = Mutex(Page())

  /// Seconds since 1970 at which the certificate ends; `nil` without one.
  var expires: Int64? { state.withLock { $0.expires } }

  /// `nil` where there is no certificate to show.
  func handler() -> NIOSSLServerHandler? {
    state.withLock { $0.context }.map { NIOSSLServerHandler(context: $0) }
  }

  var page: Page { state.withLock { $0 } }

  func turn(to page: Page) { state.withLock { $0 = page } }

  static func read(_ options: ServerOptions) throws(ServingError) -> Page {
    guard let identity = options.identity else {
      if let place = options.secret { throw .noIdentity(place) }
      return Page()
    }
    let chain = try certificates(identity.certificate)
    let key = try key(identity.key)
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["http/1.1"]
    let context: NIOSSLContext
    do {
      context = try NIOSSLContext(configuration: configuration)
    } catch {
      throw .badIdentity(identity.key, reason: "it is not the key of the certificate \(identity.certificate)")
    }
    return Page(
      context: context, expires: chain.first.map { Int64($0.notValidAfter) }, path: identity.certificate)
  }

  private static func certificates(_ path: String) throws(ServingError) -> [NIOSSLCertificate] {
    try check(path)
    // NIO's own errors say no more than that it failed.
    guard let chain = try? NIOSSLCertificate.fromPEMFile(path), !chain.isEmpty else {
      throw .badIdentity(path, reason: "it holds no certificate in PEM form")
    }
    return chain
  }

  private static func key(_ path: String) throws(ServingError) -> NIOSSLPrivateKey {
    try check(path)
    guard let key = try? NIOSSLPrivateKey(file: path, format: .pem) else {
      throw .badIdentity(path, reason: "it holds no private key in PEM form, or one with a passphrase")
    }
    return key
  }

  private static func check(_ path: String) throws(ServingError) {
    if access(path, R_OK) != 0 { throw .badIdentity(path, reason: String(cString: strerror(errno))) }
  }
}

extension ServerOptions {
  /// Where TLS is to be spoken; `nil` for nowhere.
  fileprivate var secret: String? {
    if let socket = inherited.first(where: \.isTLS) {
      return "descriptor \(socket.descriptor), which the service manager handed over"
    }
    return inherited.isEmpty ? listen.first(where: \.isTLS)?.description : nil
  }
}

extension TLSBook.Page {
  /// What the operator should know of it.
  func warning(now: Int64) -> String? {
    guard let expires, expires <= now else { return nil }
    return
      "the certificate \(path) ended at \(Timestamp(seconds: expires).iso); clients refuse it until there is a new "
      + "one and the service is reloaded"
  }
}
