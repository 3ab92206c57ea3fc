import Glibc

/// Whether a request may go through a proxy, as curl decides it: then the address that is connected to is the proxy's.
enum ProxyUse {
  static func isPossible(for url: RemoteURL, _ options: CurlClient.Options) -> Bool {
    if options.proxy != nil { return true }
    // curl reads http_proxy in lower case only: a CGI program gets the other from its client.
    let names = (url.isSecure ? ["https_proxy", "HTTPS_PROXY"] : ["http_proxy"]) + ["all_proxy", "ALL_PROXY"]
    return names.contains { name in getenv(name).map { $0.pointee != 0 } ?? false }
  }
}
