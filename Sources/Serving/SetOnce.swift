import Synchronization

/// A reference that is set once and then read again and again, from any thread. `AtomicLazyReference` is that as well, but its code
/// is compiled once for all types, and asks the runtime at every look which one this is.
struct SetOnce<Value: AnyObject & Sendable>: ~Copyable, Sendable {
  private let reference = Atomic<Unmanaged<Value>?>(nil)

  deinit { reference.load(ordering: .acquiring)?.release() }

  func load() -> Value? { reference.load(ordering: .acquiring)?.takeUnretainedValue() }

  /// - Returns: what is there from now on, which another thread may have set.
  func storeIfNil(_ value: Value) -> Value {
    let new = Unmanaged.passRetained(value)
    let (isNew, old) = reference.compareExchange(expected: nil, desired: new, ordering: .acquiringAndReleasing)
    guard !isNew, let old else { return value }
    new.release()
    return old.takeUnretainedValue()
  }
}
