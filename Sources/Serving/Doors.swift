import NIOCore
import NIOPosix
import Synchronization

/// The sockets that are listened on. A reload opens and closes some of them; the connections that came through them stay.
final class Doors: Sendable {
  /// Whether those who come are spoken to in TLS. A socket can learn to.
  final class Speech: Sendable {
    private let state: Atomic<Bool>

    init(isTLS: Bool) { state = Atomic(isTLS) }

    var isTLS: Bool {
      get { state.load(ordering: .relaxed) }
      set { state.store(newValue, ordering: .relaxed) }
    }
  }

  private let pipeline: ConnectionPipeline
  private let group: MultiThreadedEventLoopGroup
  private let open = Mutex<[Door]>([])

  init(pipeline: ConnectionPipeline, group: MultiThreadedEventLoopGroup) {
    (self.pipeline, self.group) = (pipeline, group)
  }

  var addresses: [ListenAddress] { open.withLock { $0.map(\.opened) } }

  /// Listens there and nowhere else. On an error it is as before. One call at a time.
  func turn(to wanted: [ListenAddress]) async throws(ServingError) {
    let before = open.withLock { $0 }
    let plan = DoorPlan(open: before.map(\.address), wanted: wanted)
    let shared = plan.shared.map { before[$0] }
    for door in shared { await door.sharePort(true) }
    let fresh = try await openAll(wanted.indices.filter { plan.reused[$0] == nil }, of: wanted, beside: shared)
    var doors: [Door] = []
    for (index, address) in wanted.enumerated() {
      if let reused = plan.reused[index] {
        before[reused].speech.isTLS = address.isTLS
        doors.append(Door(address: address, channel: before[reused].channel, speech: before[reused].speech))
      } else if let door = fresh[index] {
        doors.append(door)
      }
    }
    open.withLock { $0 = doors }
    await withTaskGroup { group in
      for index in plan.left { group.addTask { await before[index].leave() } }
    }
  }

  /// All of them or none.
  /// - Parameter shared: doors that let others have their port until then.
  private func openAll(
    _ places: [Int], of wanted: [ListenAddress], beside shared: [Door]
  ) async throws(ServingError) -> [Int: Door] {
    let ports = Set(shared.map(\.address.port))
    var doors: [Int: Door] = [:]
    var failure: ServingError?
    do throws(ServingError) {
      for place in places {
        let address = wanted[place]
        doors[place] = try await bind(address, beside: wanted, isShared: ports.contains(address.port))
      }
    } catch {
      for door in doors.values { await door.close() }
      failure = error
    }
    // Nobody else is to get in beside them.
    for door in shared + doors.values { await door.sharePort(false) }
    if let failure { throw failure }
    return doors
  }

  private func bind(
    _ address: ListenAddress, beside others: [ListenAddress], isShared: Bool
  ) async throws(ServingError) -> Door {
    let speech = Speech(isTLS: address.isTLS)
    var bootstrap = pipeline.bootstrap(group, speech)
    if isShared { bootstrap = bootstrap.serverChannelOption(ListeningSocket.sharedPort, value: 1) }
    if address.mustLeaveIPv4(to: others) {
      bootstrap = bootstrap.serverChannelOption(
        ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
    }
    do {
      let channel = try await bootstrap.bind(host: address.host, port: address.port).get()
      return Door(address: address, channel: channel, speech: speech)
    } catch {
      throw ServingError(error, at: address)
    }
  }

  /// Takes sockets over that the service manager opened.
  func adopt(_ sockets: [InheritedSocket]) async throws(ServingError) {
    for socket in sockets {
      if let fault = socket.fault { throw .cannotInherit(socket.descriptor, reason: fault) }
      let speech = Speech(isTLS: socket.isTLS)
      do {
        let channel = try await pipeline.bootstrap(group, speech).withBoundSocket(socket.descriptor).get()
        let local = channel.localAddress
        let address =
          local?.pathname.map { ListenAddress(path: $0, isTLS: socket.isTLS) }
          ?? ListenAddress(host: local?.ipAddress ?? "", port: local?.port ?? 0, isTLS: socket.isTLS)
        open.withLock { $0.append(Door(address: address, channel: channel, speech: speech)) }
      } catch {
        throw .cannotInherit(socket.descriptor, reason: "\(error)")
      }
    }
  }

  func close() async {
    let doors = open.withLock { doors in
      defer { doors = [] }
      return doors
    }
    for door in doors { await door.close() }
  }
}
