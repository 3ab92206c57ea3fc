import NIOCore

/// A socket that is listened on.
struct Door: Sendable {
  /// As it was asked for.
  var address: ListenAddress
  var channel: any Channel
  var speech: Doors.Speech

  /// For handshakes that are under way when a door is left,
  private static let handshake = Duration.milliseconds(250)
  /// and for those who wait where there is no room for more connections.
  private static let longestLeave = Duration.seconds(5)

  /// With the port that the system chose for port 0.
  var opened: ListenAddress {
    if address.path != nil { return address }
    return ListenAddress(host: address.host, port: channel.localAddress?.port ?? address.port, isTLS: speech.isTLS)
  }

  // It fails for one that is closed already.
  func close() async { try? await channel.close().get() }

  /// Whether another door may have the port as well.
  func sharePort(_ isShared: Bool) async { _ = await withSocket { $0.sharePort(isShared) } }

  /// Closes it behind the last who came: a listening socket that is closed resets all who wait to be accepted.
  func leave() async {
    let start = ContinuousClock.now
    _ = await withSocket { $0.turnAway() }
    var isBusy = true
    while isBusy {
      // Cancelled: then it is asked more often, and ends no later.
      try? await Task.sleep(for: .milliseconds(20))
      let time = ContinuousClock.now - start
      let hasWaiting = await withSocket { $0.hasWaiting } ?? false
      isBusy = time < Self.handshake || hasWaiting && time < Self.longestLeave
    }
    await close()
  }

  /// `nil` for a channel that is closed.
  private func withSocket<Result: Sendable>(
    _ body: @escaping @Sendable (ListeningSocket) -> Result
  ) async -> Result? {
    // It fails for an event loop that has ended, and every channel with it.
    try? await channel.eventLoop.submit { [channel] in ListeningSocket(channel).map(body) }.get()
  }
}
