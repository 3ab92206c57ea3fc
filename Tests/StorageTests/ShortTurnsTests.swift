import Foundation
import TestSupport
import Testing

@testable import Storage

@Suite struct ShortTurnsTests {
  private static func inThread<Value: Sendable>(_ body: @escaping @Sendable () -> Value) -> Value {
    nonisolated(unsafe) var value: Value?
    let done = DispatchSemaphore(value: 0)
    Thread {
      value = body()
      done.signal()
    }.start()
    done.wait()
    return value!
  }

  @Test func theKernelTakesTheLengthForThisThreadAlone() {
    let (before, taken, child) = Self.inThread {
      let before = ShortTurns.current
      ShortTurns.take()
      return (before, ShortTurns.current, Self.inThread { ShortTurns.current })
    }
    if before == 0 {
      let _: Bool? = Needed.skip("short turns", "this kernel does not know them")
      return
    }
    #expect(taken == ShortTurns.length && before != ShortTurns.length)
    #expect(child == before)
    #expect(Self.inThread { ShortTurns.current } == before)
  }
}
