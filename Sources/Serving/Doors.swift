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

  private struct Door {
    /// As it was asked for.
    var address: ListenAddress
    var channel: any Channel
    var speech: Speech

    /// With the port that the system chose for port 0.
    var opened: ListenAddress {
      if address.path != nil { return address }
      return ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port, isTLS: speech.isTLS)
    }

    // It fails for one that is closed already.
    func close() async { try? await channel.close().get() }
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
    for index in plan.inTheWay { await before[index].close() }
    var fresh: [Int: Door] = [:]
    do throws(ServingError) {
      for index in wanted.indices where plan.reused[index] == nil {
        fresh[index] = try await bind(wanted[index], beside: wanted)
      }
    } catch {
      for door in fresh.values { await door.close() }
      await restore(before, plan)
      throw error
    }
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
    for index in plan.left { await before[index].close() }
  }

  /// Opens again what was closed to make room.
  private func restore(_ before: [Door], _ plan: DoorPlan) async {
    var doors: [Door] = []
    for (index, door) in before.enumerated() {
      guard plan.inTheWay.contains(index) else {
        doors.append(door)
        continue
      }
      do {
        doors.append(try await bind(door.opened, beside: before.map(\.opened)))
      } catch {
        pipeline.service.log("\(error)")
      }
    }
    open.withLock { $0 = doors }
  }

  private func bind(_ address: ListenAddress, beside others: [ListenAddress]) async throws(ServingError) -> Door {
    let speech = Speech(isTLS: address.isTLS)
    var bootstrap = pipeline.bootstrap(group, speech)
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
