/// What a changed list of addresses asks of the sockets that are open.
struct DoorPlan: Equatable {
  private struct Place: Equatable {
    var host: String
    var port: Int
    var isV6Only: Bool

    init(_ address: ListenAddress, beside others: [ListenAddress]) {
      (host, port) = (address.host, address.port)
      isV6Only = address.mustLeaveIPv4(to: others)
    }
  }

  /// For each wanted address the open socket that goes on there, by its place in the list; `nil` for one to be opened.
  private(set) var reused: [Int?]
  /// Of the open sockets, by place: those that are left when the others are open,
  private(set) var left: [Int] = []
  /// and of those, the ones whose port is also that of a new one. They must share it for a moment.
  private(set) var shared: [Int] = []

  /// - Parameter open: the addresses as they were asked for.
  init(open: [ListenAddress], wanted: [ListenAddress]) {
    let places = open.map { Place($0, beside: open) }
    let wantedPlaces = wanted.map { Place($0, beside: wanted) }
    reused = wanted.map { _ in nil }
    // A socket can learn to speak TLS; one that need not goes first.
    for mayLearn in [false, true] {
      for index in wanted.indices where reused[index] == nil {
        reused[index] = open.indices.first { candidate in
          places[candidate] == wantedPlaces[index] && !reused.contains(candidate)
            && (mayLearn || open[candidate].isTLS == wanted[index].isTLS)
        }
      }
    }
    let ports = Set(wanted.indices.filter { reused[$0] == nil }.map { wanted[$0].port }).subtracting([0])
    left = open.indices.filter { !reused.contains($0) }
    shared = left.filter { ports.contains(open[$0].port) }
  }
}

extension ListenAddress {
  /// An IPv6 socket on all addresses takes IPv4 as well, which would keep an IPv4 socket of the same port out.
  func mustLeaveIPv4(to others: [ListenAddress]) -> Bool {
    host.contains(":") && others.contains { !$0.host.contains(":") && $0.port == port }
  }
}
