import Foundation
import TestSupport

/// Runs the built binary on a disk that fails at one write step: `Peers/failing-disk.c` says how.
final class FailingDisk: Sendable {
  enum Fault: String, CaseIterable, Sendable {
    case kill, power, full, broken

    var isDeath: Bool { self == .kill || self == .power }
  }

  /// How it went.
  struct Stumble {
    var run: ProcessRun
    /// Each step that failed, as “step 17: fsync /…: full”; of an undisturbed run, each step.
    var steps: [String]
  }

  private let folder: TemporaryFolder
  var library: String { folder.file("failing-disk.so") }

  /// `nil` where there is no C compiler; the output says so.
  init?() throws {
    folder = try TemporaryFolder()
    guard let compiler = Needed.program("cc", for: "a disk that fails on purpose") else { return nil }
    let source = "\(Catalogue.root)/Tests/SystemTests/Peers/failing-disk.c"
    let run = try ProcessRun.run(
      compiler, ["-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", library, source])
    guard run.code == 0 else { throw CannotCompile(errors: run.errors) }
  }

  struct CannotCompile: Error { var errors: String }

  /// Step 0 never comes: what runs is undisturbed.
  /// - Parameter folder: what is on the disk; by default the mirror's data.
  func run(
    _ mirror: Mirror, _ command: [String], _ fault: Fault, at step: Int, in folder: String? = nil
  ) throws -> Stumble {
    try run(mirror, command, fault, ["DISK_STEP": "\(step)", "DISK_FOLDER": folder ?? mirror.data])
  }

  /// Fails at the first such call on a path that contains the text.
  func run(
    _ mirror: Mirror, _ command: [String], _ fault: Fault, atFirst call: String, on path: String
  ) throws -> Stumble {
    try run(mirror, command, fault, ["DISK_CALL": call, "DISK_PATH": path])
  }

  private func run(
    _ mirror: Mirror, _ command: [String], _ fault: Fault, _ place: [String: String]
  ) throws -> Stumble {
    let report = mirror.folder.file("disk-\(UUID().uuidString.prefix(8))")
    let run = try ProcessRun.run(
      Mirror.binary, command + ["--config", mirror.configuration],
      environment: [
        "LD_PRELOAD": library, "DISK_FOLDER": mirror.data, "DISK_REPORT": report, "DISK_FAULT": fault.rawValue,
      ].merging(place) { $1 })
    let lines = String(decoding: FileManager.default.contents(atPath: report) ?? Data(), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    return Stumble(run: run, steps: lines)
  }
}
