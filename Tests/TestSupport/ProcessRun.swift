import Foundation

/// A program that was run to its end.
package struct ProcessRun: Sendable {
  package var code: Int32
  package var output: String
  package var errors: String
  /// The most memory that it had in use, if that was to be measured.
  package var peakMegabytes: Int?

  /// The kernel counts the memory of the process that starts a program into that program's peak. The tests have much, so a
  /// small process stands between.
  private static let launcher = """
    import os, signal, sys
    program = os.posix_spawn(sys.argv[3], sys.argv[3:], os.environ)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(program, signal.SIGKILL))
    signal.alarm(int(sys.argv[2]))
    status, usage = os.wait4(program, 0)[1:]
    open(sys.argv[1], "w").write(str(usage.ru_maxrss >> 10))
    sys.exit(os.waitstatus_to_exitcode(status))
    """

  /// - Parameters:
  ///   - seconds: after which the program is killed, so that a test ends whatever happens.
  ///   - measuring: whether its memory is of interest.
  @discardableResult
  package static func run(
    _ program: String, _ arguments: [String], input: [UInt8]? = nil, folder: String? = nil,
    environment: [String: String] = [:], seconds: Double = 120, measuring: Bool = false
  ) throws -> ProcessRun {
    let scratch = try TemporaryFolder()
    try scratch.write(input ?? [], "in")
    for name in ["out", "err"] { try scratch.write([], name) }
    let words =
      measuring
      ? ["/usr/bin/python3", "-I", "-S", "-c", launcher, scratch.file("peak"), "\(Int(seconds))", program] + arguments
      : [program] + arguments
    let process = try SpawnedProcess(
      words[0], Array(words.dropFirst()), input: scratch.file("in"), output: scratch.file("out"),
      errors: scratch.file("err"),
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
      peakMegabytes: FileManager.default.contents(atPath: scratch.file("peak")).flatMap {
        Int(String(decoding: $0, as: UTF8.self))
      })
  }

  /// The path of a program, or `nil`: then a test skips, and says so.
  package static func find(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":") + ["/usr/sbin", "/usr/bin"]
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
