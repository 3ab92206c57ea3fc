import Foundation
import Storage
import TestSupport
import Testing

/// A real file system that is full, from “nothing fits” to “all fits”: who has to look at it learns from the message that it
/// is full and what helps, what was served is served on, and everything goes on once there is space.
@Suite struct FullDiskTests {
  enum Work: String, CaseIterable, Sendable {
    case sync, publish, gc, intake, rebuild

    /// How much work there is to do, to begin with.
    var trial: Trial.Work {
      switch self {
      case .sync, .rebuild: .sync
      case .publish: .publish
      case .gc: .gc
      case .intake: .intake
      }
    }
  }

  /// So many fill levels of each are tried, evenly spread. A clean-up needs no space, at no level.
  private static func levels(_ work: Work) -> Int { work == .gc ? 8 : 20 }

  @Test(arguments: Work.allCases)
  func whatDoesNotFitIsToldAndLosesNothing(work: Work) throws {
    let trial = try Trial(work.trial)
    let mirror = try trial.mirror()
    try FileManager.default.moveItem(atPath: mirror.data, toPath: mirror.folder.file("template"))
    guard let disk = try SmallDisk(mirror) else { return }
    try begin(work, disk, mirror)
    let before = try disk.used
    let whole = try disk.run(trial.command)
    #expect(whole.code == 0, "\(whole.errors)")
    let aim = try StoreState(data: disk.data)
    // SQLite's log and its index shrink again at the end.
    let needed = max(0, try disk.used - before) + 48
    let levels = Self.levels(work)
    var (told, done) = (0, 0)
    for level in 0..<levels {
      let pages = needed * level / (levels - 1)
      let run = try check(trial, work, disk, mirror, pages, aim)
      if run.code == 0 { done += 1 } else { told += 1 }
    }
    print("\(work): of \(levels) levels up to \(needed) pages, \(told) were too full")
    #expect(done > 0)
    #expect((told == 0) == (work == .gc))
  }

  private func begin(_ work: Work, _ disk: SmallDisk, _ mirror: Mirror) throws {
    try disk.fill(from: mirror.folder.file("template"))
    if work == .rebuild { try disk.shell("rm -f '\(mirror.data)/catalog.sqlite'*") }
  }

  private func check(
    _ trial: Trial, _ work: Work, _ disk: SmallDisk, _ mirror: Mirror, _ pages: Int, _ aim: StoreState
  ) throws -> ProcessRun {
    try begin(work, disk, mirror)
    let served = try StoreState.trees(in: disk.data)
    try disk.leave(pages)
    let run = try disk.run(trial.command)
    let text: Comment = "\(work), \(pages) pages free: \(run.code) \(run.output)\(run.errors)"
    if run.code == 0 {
      let difference = try StoreState(data: disk.data).difference(from: aim)
      #expect(difference == [], text)
    } else {
      #expect(run.code == 74, text)
      for line in run.errors.split(separator: "\n") where line.hasPrefix("maas-mirror: ") {
        let names = line.contains("no space left") || line.contains("must stay free")
        #expect(names && line.contains(mirror.data) && line.contains("free some space"), text)
      }
      let isOld = try StoreState.trees(in: disk.data) == served
      // The last that is written is what the catalog remembers; by then the new tree may be there, whole.
      let isNew = try StoreState(data: disk.data) == aim
      #expect(isOld || isNew, text)
    }
    #expect(try StoreInvariants.violations(in: disk.data, partials: true, staged: true) == [], text)
    if work != .gc { #expect(try StoreState.lost(served, in: disk.data) == [], text) }
    try disk.leave(nil)
    let again = try disk.run(trial.command)
    #expect(again.code == 0, "\(text)\nthen \(again.output)\(again.errors)")
    let difference = try StoreState(data: disk.data).difference(from: aim)
    #expect(difference == [], text)
    #expect(try StoreInvariants.violations(in: disk.data) == [], text)
    return run
  }

  /// Before the first key, the disk is full: gpg says that it has no agent.
  @Test func aKeyThatDoesNotFitIsToldAsWhatItIs() throws {
    let mirror = try Mirror("")
    guard let disk = try SmallDisk(mirror) else { return }
    try disk.shell("dd if=/dev/zero of='\(mirror.data)/fill' bs=4k count=4 2>&1")
    for pages in 0..<8 {
      try disk.leave(pages)
      let run = try disk.run(["keys", "create"])
      if run.code == 0 { break }
      let says = run.errors.contains("no space left") && run.errors.contains(mirror.data)
      #expect(run.code == 74 && says, "\(pages) pages free: \(run.output)\(run.errors)")
    }
    try disk.leave(nil)
    let run = try disk.run(["keys", "create"])
    #expect(run.code == 0, "\(run.errors)")
    #expect(try disk.run(["keys", "export", "--output", mirror.folder.file("keyring.gpg")]).code == 0)
  }
}
