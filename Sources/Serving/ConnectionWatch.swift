import NIOCore

/// Tells when the time of a connection is over. Lives on the connection's event loop; its handler reports here.
final class ConnectionWatch {
  private let book: LimitBook
  private var clock = ConnectionClock(at: NIODeadline.now().uptimeNanoseconds)
  private var ticks: RepeatedTask?
  let uptake: Uptake
  private var context: ChannelHandlerContext?
  private var onLook: (() -> Void)?
  private var isOver: ((ChannelHandlerContext) -> Void)?

  init(book: LimitBook, uptake: Uptake = Uptake()) { (self.book, self.uptake) = (book, uptake) }

  func firstByte() { clock.firstByte(at: NIODeadline.now().uptimeNanoseconds) }

  func begin(_ waiting: ConnectionClock.Waiting, at time: NIODeadline) {
    clock.begin(waiting, at: time.uptimeNanoseconds, queued: uptake.queued)
  }

  /// Since when the connection waits for what it waits for now.
  var waitingSince: NIODeadline { .uptimeNanoseconds(clock.since) }

  /// - Parameters:
  ///   - context: of the handler that reports, which lets go of it with `stop`.
  ///   - onLook: called at each look.
  ///   - isOver: called whenever the time is over, until something else is waited for.
  func start(
    _ context: ChannelHandlerContext, onLook: @escaping () -> Void,
    isOver: @escaping (ChannelHandlerContext) -> Void
  ) {
    (self.context, self.onLook, self.isOver) = (context, onLook, isOver)
    uptake.start(context)
    let limits = book.limits
    look(every: max(Self.least, min(5000, min(limits.idleTimeout, limits.headerTimeout) * 250)), in: context)
  }

  /// From here on a client that has everything is not waited for.
  func hurry() {
    clock.hurry()
    guard let context else { return }
    ticks?.cancel()
    look(every: Self.least, in: context)
    look()
  }

  /// Milliseconds between two looks, at least.
  private static let least: Int64 = 250

  private func look(every milliseconds: Int64, in context: ChannelHandlerContext) {
    let pause = TimeAmount.milliseconds(milliseconds)
    let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
    ticks = context.eventLoop.scheduleRepeatedTask(initialDelay: pause, delay: pause) { _ in bound.value.look() }
  }

  func stop() {
    ticks?.cancel()
    uptake.stop()
    (context, onLook, isOver) = (nil, nil, nil)
  }

  private func look() {
    guard let context else { return }
    onLook?()
    let isTooLate = clock.isOver(
      at: NIODeadline.now().uptimeNanoseconds, unsent: uptake.unsent, queued: uptake.queued, limits: book.limits
    ) { uptake.taken ?? uptake.queued }
    if isTooLate { isOver?(context) }
  }
}
