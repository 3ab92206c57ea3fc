import Foundation
import TestSupport
import Testing

/// The built binary, killed at random moments of sync, publish, gc, verify, export and import, beside a server and a region that never rest.
/// After each kill all invariants hold, and the same command run again ends the work.
@Suite struct RandomKillTests {
  /// How many kills: MAAS_MIRROR_KILLS, or as many of 300 as a minute has room for; on a slow machine 100.
  private static let environment = ProcessInfo.processInfo.environment
  private static let wanted = environment["MAAS_MIRROR_KILLS"].flatMap { Int($0) }

  @Test func nothingIsLostAndNothingHalfIsServedWhereverItIsKilled() throws {
    // MAAS_MIRROR_SEED brings the same work and the same delays again, though not the same instants.
    let seed = Self.environment["MAAS_MIRROR_SEED"].flatMap { UInt64($0) } ?? .random(in: 0..<1_000_000)
    print("random kills: MAAS_MIRROR_SEED=\(seed)")
    let trial = try KillTrial(seed: seed)
    let server = try trial.mirror.serve()
    let watch = TreeWatch(server, publication: KillTrial.publication, grace: KillTrial.grace)
    let (soon, late) = (Date(timeIntervalSinceNow: 60), Date(timeIntervalSinceNow: 300))
    func isEnough() -> Bool {
      if let wanted = Self.wanted { return trial.killed >= wanted }
      return trial.killed >= 300 || Date() > (trial.killed < 100 ? late : soon)
    }
    var failure: (any Error)?
    while failure == nil, !isEnough() {
      do { try trial.round(watch) } catch { failure = error }
    }
    let seen = watch.stop()
    if failure == nil { #expect(try trial.leftInTemporary() == [], "MAAS_MIRROR_SEED=\(seed)") }
    print(
      "\(trial.killed) kills, \(trial.completed) commands run to their end; \(seen.walks) walks saw \(seen.trees.count) trees"
    )
    #expect(failure == nil, "MAAS_MIRROR_SEED=\(seed)")
    #expect(seen.troubles == [], "MAAS_MIRROR_SEED=\(seed)")
    #expect(trial.killed >= min(100, Self.wanted ?? 100) && trial.completed > 0)
    #expect(seen.walks > trial.completed && seen.trees.count > trial.completed / 10)
    #expect(try server.eventually("readyz") { String(decoding: $0.body, as: UTF8.self) == "ready\n" })
    #expect(!server.printed.contains("cannot be read"), "\(server.printed)")
    #expect(try trial.mirror.run("verify").code == 0)
  }
}
