import Foundation
import TestSupport

/// A small disk of its own below a mirror's data folder: a tmpfs with a size, in a mount namespace that nobody else sees. It
/// is gone with its owner.
final class SmallDisk: Sendable {
  /// What a tmpfs is given out in.
  static let page = 4096
  private static let roomy = "64m"

  private let mirror: Mirror
  private let keeper: SpawnedProcess
  private let enter: [String]

  struct Failed: Error { var text: String }

  /// `nil` where this user may not mount; the output says so.
  init?(_ mirror: Mirror) throws {
    self.mirror = mirror
    let log = mirror.folder.file("disk-\(UUID().uuidString.prefix(8)).log")
    let script = "mount -t tmpfs -o size=\(Self.roomy) tmpfs '\(mirror.data)' && echo mounted && exec sleep infinity"
    try FileManager.default.createDirectory(atPath: mirror.data, withIntermediateDirectories: true)
    keeper = try SpawnedProcess(
      "/usr/bin/unshare", ["--mount", "--map-root-user", "/bin/sh", "-c", script], output: log)
    enter = ["--preserve-credentials", "--user", "--mount", "--target", "\(keeper.id)"]
    let deadline = Date(timeIntervalSinceNow: 10)
    func said() -> String { String(decoding: FileManager.default.contents(atPath: log) ?? Data(), as: UTF8.self) }
    while !said().contains("mounted"), keeper.isRunning, Date() < deadline { usleep(2_000) }
    if !said().contains("mounted") {
      let _: Void? = Needed.skip("a small disk", "this user may not mount: \(said())")
      return nil
    }
  }

  /// The data folder as everybody else can reach it.
  var data: String { "/proc/\(keeper.id)/root\(mirror.data)" }

  /// The words that run a program where the disk is.
  func words(_ program: [String]) -> [String] { ["/usr/bin/nsenter"] + enter + program }

  func run(_ command: [String], environment: [String: String] = [:]) throws -> ProcessRun {
    let words = words([Mirror.binary] + command + ["--config", mirror.configuration])
    return try ProcessRun.run(words[0], Array(words.dropFirst()), environment: environment)
  }

  func shell(_ script: String) throws {
    let words = words(["/bin/sh", "-ec", script])
    let run = try ProcessRun.run(words[0], Array(words.dropFirst()))
    if run.code != 0 { throw Failed(text: "\(script): \(run.output)\(run.errors)") }
  }

  /// Empties the disk, and copies a folder onto it.
  func fill(from folder: String) throws {
    try shell("mount -o remount,size=\(Self.roomy) '\(mirror.data)'; find '\(mirror.data)' -mindepth 1 -delete")
    try shell("cp -a '\(folder)/.' '\(mirror.data)/'")
  }

  /// Of the whole disk, in pages.
  var used: Int {
    get throws {
      var status = statvfs()
      if statvfs(data, &status) != 0 { throw Failed(text: "statvfs \(data): \(String(cString: strerror(errno)))") }
      return Int(status.f_blocks - status.f_bfree) * Int(status.f_frsize) / Self.page
    }
  }

  /// Leaves so many pages free; `nil` makes it roomy again.
  func leave(_ pages: Int?) throws {
    let size = try pages.map { "\((try used + $0) * Self.page)" } ?? Self.roomy
    try shell("mount -o remount,size=\(size) '\(mirror.data)'")
  }
}
