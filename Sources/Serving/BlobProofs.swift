import Glibc
import NIOCore
import NIOPosix
import Simplestreams
import Storage
import Synchronization

/// What stands in the place of a blob.
struct DamagedBlob: Error, CustomStringConvertible {
  var path: String
  var reason: StorageError

  var description: String {
    if case .wrongHash(_, let found) = reason {
      return "\(path) is damaged (its bytes hash to \(found)) and is not served; “maas-mirror verify --repair” mends it"
    }
    return "\(reason)"
  }
}

/// Which large blobs are what their names say. The first who asks for one makes it be read through, beside what is sent; the
/// end of every answer waits for that. A small blob is checked when it is read.
final class BlobProofs: Sendable {
  enum Proof: Sendable {
    case good
    case damaged(DamagedBlob)
    /// `nil` when it is good.
    case underWay(EventLoopFuture<DamagedBlob?>)
  }

  private enum Known {
    case good(until: NIODeadline)
    case damaged(DamagedBlob)
    case asked([EventLoopPromise<DamagedBlob?>])
  }

  /// MAAS gives up on a transfer that stands still for 10 s. Its regions hold what they get against the hash as well.
  static let patience = TimeAmount.seconds(5)

  /// Behind those who send: the end of a file is needed last.
  private static let provers: NIOThreadPool = {
    let pool = NIOThreadPool(numberOfThreads: max(1, System.coreCount / 2))
    pool.start()
    return pool
  }()

  private let known = Mutex<[SHA256Digest: (state: FileState, known: Known)]>([:])
  private let log: @Sendable (String) -> Void

  private let lifetime: TimeAmount

  /// - Parameter lifetime: how long a blob is believed to be what it was. A disk rots without telling.
  init(lifetime: TimeAmount = .hours(24), log: @escaping @Sendable (String) -> Void) {
    self.lifetime = lifetime
    self.log = log
  }

  /// Of how many blobs something is known.
  var count: Int { known.withLock { $0.count } }

  /// Why the file is not sent any more; `nil` where nothing is known.
  func damage(of digest: SHA256Digest, _ file: OpenFile) -> DamagedBlob? {
    guard let found = known.withLock({ $0[digest] }), case .damaged(let error) = found.known else { return nil }
    // The same file, also when it lost its name since. One that cannot be looked at fails when it is sent.
    return (try? file.state())?.file == found.state.file ? error : nil
  }

  /// Those that were found damaged, and may have been mended since.
  var damaged: Set<SHA256Digest> {
    known.withLock { known in
      Set(known.compactMap { if case .damaged = $0.value.known { $0.key } else { nil } })
    }
  }

  func proof(of digest: SHA256Digest, _ file: OpenFile, on loop: any EventLoop) throws(StorageError) -> Proof {
    let state = try file.state()
    let promise = loop.makePromise(of: DamagedBlob?.self)
    let (proof, isNew) = known.withLock { all -> (Proof?, Bool) in
      if let found = all[digest], found.state == state {
        switch found.known {
        case .good(let until) where NIODeadline.now() < until: return (.good, false)
        case .good: break
        case .damaged(let error): return (.damaged(error), false)
        case .asked(let others):
          all[digest] = (state, .asked(others + [promise]))
          return (nil, false)
        }
      } else if case .asked(let others)? = all[digest]?.known {
        // Of another file of this name, which is gone: they wait for this one.
        all[digest] = (state, .asked(others + [promise]))
        return (nil, true)
      }
      all[digest] = (state, .asked([promise]))
      return (nil, true)
    }
    if let proof {
      promise.succeed(nil)
      return proof
    }
    if isNew { prove(digest, file, state) }
    let end = loop.scheduleTask(in: Self.patience) { promise.succeed(nil) }
    promise.futureResult.whenComplete { _ in end.cancel() }
    return .underWay(promise.futureResult)
  }

  private func prove(_ digest: SHA256Digest, _ file: OpenFile, _ state: FileState) {
    Self.provers.submit { pool in
      // It is shut down never.
      if pool == .cancelled { return }
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
      do throws(StorageError) {
        try file.check(digest)
        self.settle(digest, state, nil)
      } catch {
        self.settle(digest, state, DamagedBlob(path: file.path, reason: error))
      }
    }
  }

  /// Lets go of those who wait: their event loops are about to end, and nothing could be told to them any more.
  func letGo() {
    let waiting = known.withLock { all in
      let asked = all.compactMapValues { if case .asked(let promises) = $0.known { promises } else { nil } }
      for digest in asked.keys { all[digest] = nil }
      return asked.values.flatMap { $0 }
    }
    for promise in waiting { promise.fail(CancellationError()) }
  }

  private func settle(_ digest: SHA256Digest, _ state: FileState, _ damage: DamagedBlob?) {
    let waiting = known.withLock { all -> [EventLoopPromise<DamagedBlob?>] in
      guard let found = all[digest], found.state == state, case .asked(let promises) = found.known else { return [] }
      if let damage {
        // A disk that could not be read is asked again.
        if case .wrongHash = damage.reason { all[digest] = (state, .damaged(damage)) } else { all[digest] = nil }
      } else {
        // Blobs come and go for as long as the server runs, and each was asked for once at least.
        let now = NIODeadline.now()
        all = all.filter { if case .good(let until) = $0.value.known { now < until } else { true } }
        all[digest] = (state, .good(until: now + lifetime))
      }
      return promises
    }
    if let damage, !waiting.isEmpty { log("\(damage)") }
    for promise in waiting { promise.succeed(damage) }
  }
}
