import CCurl
import Glibc
import Synchronization

/// Set from any thread; read by the thread that runs the transfer.
final class CancellationFlag: Sendable {
  private let flag = Atomic<Bool>(false)
  var isSet: Bool { flag.load(ordering: .acquiring) }
  func set() { flag.store(true, ordering: .releasing) }
}

/// One request on its way: between curl's callbacks and the sink.
///
/// `@unchecked Sendable`: the task that makes it hands it through the inbox's lock to one loop and keeps no
/// reference; from then on that loop's thread alone touches it.
final class CurlTransfer: @unchecked Sendable {
  /// What is asked for now: after a redirect, at another address.
  private(set) var request: TransferRequest
  private let sink: any BodySink
  private let rate: RateLimit?
  let cancellation: CancellationFlag
  private let continuation: CheckedContinuation<ResponseHead, any Error>

  private var reader = HeadReader()
  private var fields: ResponseFields?
  private var verdict: ResponseVerdict?
  private var meter: BodyMeter?
  /// Why this side ended the transfer. It outranks what curl makes of that.
  private var failure: (any Error)?
  private var discarded: Int64 = 0
  private var discardingSince = ContinuousClock.now
  private var trail: RedirectTrail
  private var pace: PaceWatch
  private let started = ContinuousClock.now
  /// Whether an address was not connected to because it is private.
  private var isTurnedAway = false
  private let isPeerKnown: Bool
  private let stallSeconds: Int
  /// How much of a connection's share this is.
  let lanes: Int
  static let fullLanes = 2
  /// Whether curl holds back the body until told to go on.
  var isPaused = false

  /// What is read of a body that nobody wants. The rest costs more than a new connection.
  private static let discardLimit: Int64 = 64 * 1024
  /// And how long: a server that sends its error page byte by byte would hold us for hours (slow retrieval).
  private static let discardTime = Duration.seconds(5)

  init(
    _ request: TransferRequest, into sink: any BodySink, options: CurlClient.Options, rate: RateLimit?,
    cancellation: CancellationFlag, continuation: CheckedContinuation<ResponseHead, any Error>
  ) {
    self.request = request
    self.sink = sink
    self.rate = rate
    self.cancellation = cancellation
    self.continuation = continuation
    trail = RedirectTrail(request.url, policy: options.redirectPolicy, limit: options.redirects)
    pace = PaceWatch(bytesPerSecond: options.minimumRate, window: .seconds(options.stallSeconds))
    stallSeconds = options.stallSeconds
    lanes = request.isSmall && options.connections > 1 ? 1 : Self.fullLanes
    isPeerKnown = !ProxyUse.isPossible(for: request.url, options)
  }

  /// The transfer behind a callback's context. The loop holds it for as long as curl can call.
  static func at(_ context: UnsafeMutableRawPointer!) -> CurlTransfer {
    Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
  }

  /// Takes a header line; `false` ends the transfer.
  func take(header line: UnsafeRawBufferPointer) -> Bool {
    // After the head of a body that is being delivered come trailers at most.
    if meter != nil { return true }
    return proceeds {
      guard let fields = try reader.read(line) else { return }
      self.fields = fields
      verdict = try ResponseVerdict(
        fields, to: request, retryAfter: fields.retryAfter.flatMap { RetryAfter.seconds($0, now: Int(time(nil))) })
      (discarded, discardingSince) = (0, .now)
      guard case .deliver(let head) = verdict else { return }
      meter = BodyMeter(head, for: request)
      try sink.begin(head)
    }
  }

  enum Answer {
    case taken
    /// Nothing was taken; the same bytes are to come again after a pause.
    case later
    case end
  }

  /// Takes bytes of a body.
  func take(body bytes: UnsafeRawBufferPointer) -> Answer {
    if let rate, !rate.take(bytes.count) {
      isPaused = true
      pace.pause()
      return .later
    }
    if meter == nil {
      discarded += Int64(bytes.count)
      return mayDiscard(at: .now) ? .taken : .end
    }
    let isTaken = proceeds {
      try meter?.count(bytes.count)
      try sink.receive(bytes)
    }
    return isTaken ? .taken : .end
  }

  private func mayDiscard(at now: ContinuousClock.Instant) -> Bool {
    if discarded <= Self.discardLimit, now - discardingSince < Self.discardTime { return true }
    if case .follow = verdict { failure = trail.refusal("an address, with a body that does not end", .endlessBody) }
    return false
  }

  /// Asked at least once a second: whether the transfer is worth waiting for.
  func mayGoOn(received: Int64) -> Bool {
    let now = ContinuousClock.now
    if let limit = request.timeLimit, now - started > .seconds(limit) {
      failure = TransferError.overdue(request.url, seconds: limit)
      return false
    }
    if verdict != nil, meter == nil { return mayDiscard(at: now) }
    guard meter != nil, !isPaused, pace.isTooSlow(received: received, at: now) else { return true }
    failure = TransferError.stalled(request.url, seconds: stallSeconds)
    return false
  }

  /// A name says nothing of where it leads, and can be made to lead elsewhere a moment later (DNS rebinding): what counts
  /// is the address that is about to be connected to.
  func mayConnect(to address: UnsafePointer<sockaddr>) -> Bool {
    guard demandsPublic, isPeerKnown, NetworkAddress(address)?.isPrivate ?? true else { return true }
    isTurnedAway = true
    return false
  }

  var demandsPublic: Bool { trail.demandsPublic }

  /// Whether the transfer goes on where it was redirected to. Why it must not is kept for `finish`.
  func goesOn(to location: String?, peer: NetworkAddress?, _ options: CurlClient.Options) -> Bool {
    guard failure == nil, case .follow = verdict else { return false }
    do throws(TransferError) {
      request.url = try trail.next(from: request.url, to: location, peer: isPeerKnown ? peer : nil)
    } catch {
      failure = error
      return false
    }
    (fields, verdict, discarded, isPaused) = (nil, nil, 0, false)
    return true
  }

  /// Ends the transfer with what curl says about it.
  func finish(_ curl: CurlFailure?, options: CurlClient.Options) {
    continuation.resume(with: Result { try outcome(curl, options: options) })
  }

  func cancel() {
    continuation.resume(throwing: CancellationError())
  }

  private func outcome(_ curl: CurlFailure?, options: CurlClient.Options) throws -> ResponseHead {
    if let failure { throw failure }
    // The status says more than a connection that broke off behind it.
    if case .refuse(let error) = verdict { throw error }
    if let curl {
      if isTurnedAway { throw trail.refusal(request.url.description, .privateAddress) }
      throw curl.error(for: request, options: options, meter: meter)
    }
    switch verdict {
    case .deliver(let head):
      try meter?.finish()
      return head
    case .unchanged(let head): return head
    case .follow, .refuse, nil:
      throw TransferError.status(request.url, code: fields?.status ?? 0, retryAfter: nil)
    }
  }

  private func proceeds(_ step: () throws -> Void) -> Bool {
    do {
      try step()
      return true
    } catch let fault as HeadReader.Fault {
      failure = TransferError.malformed(request.url, detail: fault.text)
    } catch {
      failure = error
    }
    return false
  }
}

extension HeadReader.Fault {
  fileprivate var text: String {
    switch self {
    case .tooManyBytes: "its headers are longer than \(HeadReader.byteLimit) bytes"
    case .statusLine: "its status line cannot be read"
    case .contradiction: "it has two lengths"
    }
  }
}
