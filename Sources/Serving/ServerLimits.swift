/// What one client, and all of them together, may take.
package struct ServerLimits: Sendable, Equatable {
  /// 0 for as many as the system allows files.
  package var connections = 8192
  /// 0 for any number. Whole regions come from the one address of a proxy or a NAT; nobody takes all there are.
  package var connectionsPerAddress = 2048
  /// Seconds for a request to be complete, from its first byte.
  package var headerTimeout: Int64 = 30
  /// Seconds that a connection may rest between requests.
  package var idleTimeout: Int64 = 75
  /// Bytes a second that a client must take on average; 0 for none.
  package var minRate: Int64 = 1000
  /// Bytes a second, over all clients.
  package var rate: Int64?
  /// Bytes a second, over all connections of one address.
  package var clientRate: Int64?

  /// Seconds that a reader has which takes nothing,
  static let stall: Int64 = 75
  /// and that it can have at most by what it took before.
  static let longestStall: Int64 = 300

  package init() {}

  /// A transfer needs a socket and a file; the rest is for what else the process has open.
  func connections(filesAllowed: Int?) -> Int {
    let possible = filesAllowed.map { max(1, ($0 - 64) / 2) } ?? .max
    return connections == 0 ? possible : min(connections, possible)
  }
}
