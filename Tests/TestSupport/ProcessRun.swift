import Foundation

/// A program that was run to its end.
package struct ProcessRun: Sendable {
  package var code: Int32
  package var output: String
  package var errors: String
  /// The most memory that it had in use.
  package var peakMegabytes: Int

  /// - Parameter seconds: after which the program is killed, so that a test ends whatever happens.
  @discardableResult
  package static func run(
    _ program: String, _ arguments: [String], input: [UInt8]? = nil, folder: String? = nil,
    environment: [String: String] = [:], seconds: Double = 120
  ) throws -> ProcessRun {
    let scratch = try TemporaryFolder()
    try scratch.write(input ?? [], "in")
    for name in ["out", "err"] { try scratch.write([], name) }
    let process = try SpawnedProcess(
      program, arguments, input: scratch.file("in"), output: scratch.file("out"), errors: scratch.file("err"),
      folder: folder, environment: environment)
    var code = process.wait(seconds: seconds)
    if code == nil {
      process.signal(SIGKILL)
      code = process.wait(seconds: 10)
    }
    return ProcessRun(
      code: code ?? -1,
      output: String(decoding: FileManager.default.contents(atPath: scratch.file("out")) ?? Data(), as: UTF8.self),
      errors: String(decoding: FileManager.default.contents(atPath: scratch.file("err")) ?? Data(), as: UTF8.self),
      peakMegabytes: process.peakMegabytes ?? 0)
  }

  /// The path of a program, or `nil`: then a test skips, and says so.
  package static func find(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + ["/usr/sbin", "/usr/bin"]
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
