import Foundation

/// What a test needs and not every machine has. Where it is missing the output says so, and why; the test then ends.
package enum Needed {
  /// The path of a program.
  package static func program(_ name: String, for purpose: String) -> String? {
    guard let path = ProcessRun.find(name) else { return skip(purpose, "\(name) is not installed") }
    return path
  }

  /// A program of the Python environment that `deploy/test` makes.
  package static func peer(_ name: String, for purpose: String) -> String? {
    guard let folder = ProcessInfo.processInfo.environment["MAAS_MIRROR_TEST_VENV"],
      FileManager.default.isExecutableFile(atPath: "\(folder)/bin/\(name)")
    else { return skip(purpose, "\(name) is not in MAAS_MIRROR_TEST_VENV, where deploy/test puts it") }
    return "\(folder)/bin/\(name)"
  }

  /// A Python of that environment that has the library.
  package static func python(with library: String, for purpose: String) throws -> String? {
    guard let python = peer("python", for: purpose) else { return nil }
    if try ProcessRun.run(python, ["-c", "import \(library)"]).code == 0 { return python }
    return skip(purpose, "the Python library \(library) is not in MAAS_MIRROR_TEST_VENV, where deploy/test puts it")
  }

  /// Whether rights hold for this user.
  package static func ordinaryUser(for purpose: String) -> Bool {
    if geteuid() != 0 { return true }
    let skipped: Bool? = skip(purpose, "root may do all")
    return skipped ?? false
  }

  /// What runs a program where `script` has mounted; its words come before those of the program.
  package static func mounting(_ script: String, for purpose: String) throws -> [String]? {
    let trial = try TemporaryFolder()
    let bind = "mount --bind '\(trial.path)' '\(trial.path)' && mount -o remount,ro,bind '\(trial.path)'"
    let words = ["--mount", "--map-root-user", "/bin/sh", "-c"]
    let run = try ProcessRun.run("/usr/bin/unshare", words + [bind])
    if run.code != 0 { return skip(purpose, "this user may not mount: \(run.errors)") }
    return ["/usr/bin/unshare"] + words + ["\(script) && exec \"$@\"", "sh"]
  }

  /// The product files of the real stream, which are not part of the project.
  package static func realStream(for purpose: String) -> String? {
    let folder = "\(Catalogue.root)/../shared/streams"
    guard FileManager.default.fileExists(atPath: "\(folder)/simplestreams_index.json") else {
      return skip(purpose, "the real product files are not beside the project (../shared/streams)")
    }
    return folder
  }

  /// Says that something is not tested here; `nil`, for whoever returns it at once.
  package static func skip<Value>(_ purpose: String, _ reason: String) -> Value? {
    print("SKIPPED: \(purpose), because \(reason)")
    return nil
  }
}
