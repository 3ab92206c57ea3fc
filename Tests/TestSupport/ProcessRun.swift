import Foundation

/// A program that was run to its end.
package struct ProcessRun: Sendable {
  package var code: Int32
  package var output: String
  package var errors: String

  /// - Parameter seconds: after which the program is killed, so that a test ends whatever happens.
  @discardableResult
  package static func run(
    _ program: String, _ arguments: [String], input: [UInt8]? = nil, folder: String? = nil,
    environment: [String: String] = [:], seconds: Double = 120
  ) throws -> ProcessRun {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    if let folder { process.currentDirectoryURL = URL(fileURLWithPath: folder) }
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let scratch = try TemporaryFolder()
    for name in ["out", "err", "in"] { try scratch.write(name == "in" ? input ?? [] : [], name) }
    process.standardInput = FileHandle(forReadingAtPath: scratch.file("in"))
    process.standardOutput = FileHandle(forWritingAtPath: scratch.file("out"))
    process.standardError = FileHandle(forWritingAtPath: scratch.file("err"))
    try process.run()
    let limit = DispatchWorkItem { process.terminate() }
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds, execute: limit)
    process.waitUntilExit()
    limit.cancel()
    return ProcessRun(
      code: process.terminationStatus,
      output: String(decoding: FileManager.default.contents(atPath: scratch.file("out")) ?? Data(), as: UTF8.self),
      errors: String(decoding: FileManager.default.contents(atPath: scratch.file("err")) ?? Data(), as: UTF8.self))
  }

  /// The path of a program, or `nil`: then a test skips, and says so.
  package static func find(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + ["/usr/sbin", "/usr/bin"]
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
