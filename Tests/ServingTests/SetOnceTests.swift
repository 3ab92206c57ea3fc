import Synchronization
import Testing

@testable import Serving

@Suite struct SetOnceTests {
  /// Counts those of its kind that are there.
  private final class Counted: Sendable {
    let population: Population
    init(_ population: Population) {
      self.population = population
      population.count.add(1, ordering: .relaxed)
    }
    deinit { population.count.subtract(1, ordering: .relaxed) }
  }

  private final class Population: Sendable {
    let count = Atomic(0)
    var now: Int { count.load(ordering: .relaxed) }
  }

  private final class Holder: Sendable {
    let held = SetOnce<Counted>()
  }

  @Test func everyThreadGetsTheOneThatCameFirst() async {
    let (population, holder) = (Population(), Holder())
    #expect(holder.held.load() == nil)
    let found = await withTaskGroup(of: ObjectIdentifier.self) { group in
      for _ in 0..<200 {
        group.addTask { ObjectIdentifier(holder.held.load() ?? holder.held.storeIfNil(Counted(population))) }
      }
      return await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(found == [holder.held.load().map { ObjectIdentifier($0) }])
    #expect(population.now == 1)
  }

  @Test func whatIsHeldEndsWithItsHolder() {
    let population = Population()
    var holder: Holder? = Holder()
    _ = holder?.held.storeIfNil(Counted(population))
    _ = holder?.held.storeIfNil(Counted(population))
    #expect(population.now == 1)
    holder = nil
    #expect(population.now == 0)
  }
}
