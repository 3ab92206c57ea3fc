import Foundation
import Simplestreams
import Storage
import TestSupport
import Testing

/// A sync, a publish, a clean-up, an import and an export, stopped at every step at which they write: what was served is served on, and the same
/// command, run once more, comes to the same end as one that nothing stopped.
@Suite struct WriteStepTests {
  /// How many steps of each are tried, evenly spread: a few by default, MAAS_MIRROR_STEPS=1000 for all.
  private static let budget = ProcessInfo.processInfo.environment["MAAS_MIRROR_STEPS"].flatMap { Int($0) } ?? 8

  @Test(arguments: Trial.Work.allCases, FailingDisk.Fault.allCases)
  func whatStopsAtAWriteStepLosesNothing(work: Trial.Work, fault: FailingDisk.Fault) throws {
    guard let disk = try FailingDisk() else { return }
    let trial = try Trial(work)
    let undisturbed = try trial.mirror()
    let whole = try disk.run(undisturbed, trial.command, fault, at: 0)
    let count = whole.steps.count
    #expect(whole.run.code == 0, "\(whole.run.errors)")
    // A library that is not there, or does not see what is written, would let everything pass.
    #expect(count > 20)
    let aim = try StoreState(undisturbed)
    #expect(try aim != StoreState(trial.mirror()))
    let stride = max(1, (count + Self.budget - 1) / max(1, Self.budget))
    print("\(work), \(fault): \(count) write steps, every \(stride). is tried")
    // Another share for each fault, so that together they come by more steps.
    var step = 1 + stride * (FailingDisk.Fault.allCases.firstIndex(of: fault) ?? 0) / FailingDisk.Fault.allCases.count
    while step <= count {
      try check(trial, disk, fault, step, aim)
      step += stride
    }
  }

  /// A hundred gigabytes are not fetched twice because the disk failed behind them.
  @Test func whatASyncFetchedBeforeItFailedIsNotFetchedAgain() throws {
    guard let disk = try FailingDisk() else { return }
    let trial = try Trial(.sync)
    let whole = try disk.run(try trial.mirror(), trial.command, .broken, at: 0)
    let step = try #require(whole.steps.firstIndex { $0.contains(": rename ") && $0.contains("/data/snapshots/") })
    var mirror = try trial.mirror()
    var failed = try disk.run(mirror, trial.command, .broken, at: step + 1)
    // Downloads at once take their steps in any order.
    for shift in [-1, 1, -2, 2, -3, 3] where !failed.steps.contains(where: { $0.contains("/data/snapshots/") }) {
      mirror = try trial.mirror()
      failed = try disk.run(mirror, trial.command, .broken, at: step + 1 + shift)
    }
    #expect(failed.run.code == 74 && failed.steps.contains { $0.contains("/data/snapshots/") }, "\(failed)")
    // Nor because somebody cleaned up in between.
    let cleaned = try mirror.run("gc", "--accept-removal")
    #expect(cleaned.code == 0 && cleaned.output.contains("of a sync that did not end stay"), "\(cleaned)")
    let again = try mirror.run("sync", "--publish")
    #expect(again.code == 0 && again.output.contains("stable: 0 files, 0 B fetched"), "\(again.output)\(again.errors)")
  }

  /// A medium is pulled out at every step: what it held can be imported, or what it was to hold, and nothing in between.
  @Test(arguments: FailingDisk.Fault.allCases)
  func whatStopsAtAWriteStepOfAnExportLeavesABundle(fault: FailingDisk.Fault) throws {
    guard let disk = try FailingDisk() else { return }
    let gap = try AirGap(keep: 1)
    try gap.carry([Catalogue.ubuntu(versions: ["20260101"])])
    let before = gap.medium.file("before")
    try FileManager.default.copyItem(atPath: gap.bundle, toPath: before)
    try gap.carry([Catalogue.ubuntu(versions: ["20260102"])], updated: FakeUpstream.time + 86_400)
    let aim = try gap.contents()
    let names = ["noble/amd64/20260101/squashfs", "noble/amd64/20260102/squashfs"]
    func restore() throws {
      try FileManager.default.removeItem(atPath: gap.bundle)
      try FileManager.default.copyItem(atPath: before, toPath: gap.bundle)
    }
    try restore()
    let whole = try disk.run(gap.near, ["export", gap.bundle], fault, at: 0, in: gap.medium.path)
    #expect(whole.run.code == 0 && whole.steps.count > 20, "\(whole)")
    #expect(try gap.contents() == aim)
    let stride = max(1, (whole.steps.count + Self.budget - 1) / max(1, Self.budget))
    // Behind the step that makes it the new one few need space, so they may all lie within one stride.
    let switching = try #require(whole.steps.lastIndex { $0.contains(": rename ") && $0.contains("/bundle.json") }) + 1
    let tried = Set(Swift.stride(from: 1, through: whole.steps.count, by: stride))
    let steps = tried.union([switching, switching + 1]).filter { $0 <= whole.steps.count }.sorted()
    print("export, \(fault): \(whole.steps.count) write steps, \(steps) are tried")
    var (old, new) = (0, 0)
    for step in steps {
      try restore()
      let stumble = try disk.run(gap.near, ["export", gap.bundle], fault, at: step, in: gap.medium.path)
      guard let place = stumble.steps.first else { continue }
      let text: Comment = "\(place)\n\(stumble.run.output)\(stumble.run.errors)"
      if fault.isDeath {
        #expect(stumble.run.code == -SIGKILL, text)
      } else if stumble.run.code != 0 {
        #expect(stumble.run.code == 74 && stumble.run.errors.contains(gap.bundle), text)
      }
      let fresh = try AirGap.far(of: gap.upstream, keep: 1)
      let taken = try fresh.run("import", gap.bundle, "--publish")
      #expect(taken.code == 0, "\(text)\nthen \(taken.output)\(taken.errors)")
      let items = try StoreState.trees(in: fresh.data)[AirGap.publication]?.items ?? []
      let found = Set(items.map(\.path.string)).intersection(names)
      #expect(items.count == 4 && found.count == 1, text)
      if found == [names[0]] { old += 1 } else { new += 1 }
      let again = try gap.near.run("export", gap.bundle)
      #expect(again.code == 0, "\(text)\nthen \(again.output)\(again.errors)")
      #expect(try gap.contents() == aim, text)
    }
    #expect(old > 0 && new > 0)
  }

  private func check(
    _ trial: Trial, _ disk: FailingDisk, _ fault: FailingDisk.Fault, _ step: Int, _ aim: StoreState
  ) throws {
    let mirror = try trial.mirror()
    let served = try StoreState.trees(in: mirror.data)
    let stumble = try disk.run(mirror, trial.command, fault, at: step)
    // Two runs need not take the same number of steps: the last ones may be missed.
    guard let place = stumble.steps.first else { return }
    let text: Comment = "\(trial.work), \(place)\n\(stumble.run.output)\(stumble.run.errors)"
    #expect(try StoreInvariants.violations(in: mirror.data, partials: true, staged: true) == [], text)
    if trial.work != .gc { #expect(try StoreState.lost(served, in: mirror.data) == [], text) }
    if fault.isDeath {
      #expect(stumble.run.code == -SIGKILL, text)
    } else if stumble.run.code == 0 {
      // Not every failure matters, but then everything was done.
      let difference = try StoreState(mirror).difference(from: aim)
      #expect(difference == [], text)
    } else {
      #expect(stumble.run.code == 74, text)
      let reason = fault == .full ? "no space left" : "I/O error"
      let errors = stumble.run.errors.replacingOccurrences(of: "Input/output", with: "I/O")
      // Of a log that it cannot make, SQLite does not say why.
      let isUnsaid = errors.contains("catalog.sqlite: unable to open database file")
      #expect(errors.contains(reason) || isUnsaid, text)
      #expect(stumble.run.errors.contains(mirror.data), text)
    }
    let again = try ProcessRun.run(Mirror.binary, trial.command + ["--config", mirror.configuration])
    #expect(again.code == 0, "\(text)\nthen \(again.output)\(again.errors)")
    #expect(try StoreInvariants.violations(in: mirror.data) == [], text)
    let difference = try StoreState(mirror).difference(from: aim)
    #expect(difference == [], text)
    // Of the run that was stopped nothing is left over; “publish” cleans nothing up.
    if trial.work == .publish { return }
    let rest = try mirror.run("gc", "--dry-run")
    #expect(rest.output.hasPrefix("nothing to remove"), "\(text)\n\(rest.output)\(rest.errors)")
  }
}
