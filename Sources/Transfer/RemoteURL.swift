package import Simplestreams

/// An http or https address that may carry credentials. Its description never shows them, nor does any other way
/// of printing it: user information and query values become `***`.
package struct RemoteURL: Hashable, Sendable {
  /// Whether it is no address at all, but a place in a bundle: no text is read as one, and no server is asked for it.
  package let isCarried: Bool
  package let isSecure: Bool
  /// In lower case, as the address has it: an IPv6 address keeps its brackets.
  package let host: String
  /// Begins with `/`; percent-encoded as it was given.
  package let path: String
  let port: Int?
  let userInformation: String?
  let query: String?

  /// Only http and https, with a host, without a fragment; nothing but the visible ASCII characters.
  package init(_ text: String) throws(TransferError) {
    do {
      let parts = try URLParts(text)
      isCarried = false
      isSecure = parts.isSecure
      host = parts.host
      path = parts.path
      port = parts.port
      userInformation = parts.userInformation
      query = parts.query
    } catch {
      throw .badURL(Redaction.unparsed(text), reason: error)
    }
  }

  /// The root of the tree that a bundle carries of a source.
  package init(bundle: String, source: String) {
    (isCarried, isSecure, host, port, userInformation, query) = (true, false, "", nil, nil, nil)
    path = "\(bundle)/\(source)/"
  }

  private init(_ base: RemoteURL, path: String, userInformation: String?) {
    isCarried = base.isCarried
    isSecure = base.isSecure
    host = base.host
    port = base.port
    self.userInformation = userInformation
    query = base.query
    self.path = path
  }

  func isSameServer(as other: RemoteURL) -> Bool {
    isSecure == other.isSecure && host == other.host && port == other.port
  }

  /// With the other's credentials, unless it has its own.
  func borrowingCredentials(of other: RemoteURL) -> RemoteURL {
    RemoteURL(self, path: path, userInformation: userInformation ?? other.userInformation)
  }

  /// The address of a file below this one, which is taken as a folder whether or not it ends in `/`.
  /// A query stays at the end: that is where mirrors behind a signed address keep their token.
  package func appending(_ below: TreePath) -> RemoteURL {
    RemoteURL(
      self, path: path + (path.hasSuffix("/") ? "" : "/") + below.percentEncoded, userInformation: userInformation)
  }

  /// The whole address with its credentials: for curl and nothing else.
  package var unredacted: String {
    let credentials = userInformation.map { $0 + "@" } ?? ""
    return scheme + credentials + authority + path + (query.map { "?" + $0 } ?? "")
  }

  private var scheme: String { isCarried ? "bundle:" : isSecure ? "https://" : "http://" }
  private var authority: String { port.map { "\(host):\($0)" } ?? host }
}

extension RemoteURL: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    let credentials = userInformation == nil ? "" : "***@"
    return scheme + credentials + authority + path + (query.map { "?" + Redaction.query($0) } ?? "")
  }

  package var debugDescription: String { description }

  /// `dump` and the expectations of tests print the stored properties unless told otherwise.
  package var customMirror: Mirror { Mirror(self, children: []) }
}
