import Dispatch

/// Where blocking work (hashing a partial file, fsync) runs: beside the cooperative threads, never on them.
package enum BlockingPool {
  private static let queue = DispatchQueue(label: "maas-mirror.blocking", attributes: .concurrent)

  package static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result(catching: body)) }
    }
  }
}
