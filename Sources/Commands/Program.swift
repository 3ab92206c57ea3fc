import Storage
import ArgumentParser
import Glibc
import OrderedCollections
import Simplestreams

/// The command line as a whole.
package enum Program {
  package static let version = "0.1.0"

  package static func main() async {
    Console.start()
    ProcessMemory.giveBackEarly()
    do {
      var command = try MaasMirrorCommand.parseAsRoot(arguments(CommandLine.arguments))
      if var command = command as? any AsyncParsableCommand { try await command.run() } else { try command.run() }
      end(0, "")
    } catch {
      finish(error)
    }
  }

  /// `--config FILE` may stand before the command; the parser wants it behind.
  static func arguments(_ all: [String]) -> [String] {
    var rest = Array(all.dropFirst())
    var moved: [String] = []
    while let first = rest.first, first == "--config" || first.hasPrefix("--config=") {
      let count = min(first == "--config" ? 2 : 1, rest.count)
      moved += rest.prefix(count)
      rest.removeFirst(count)
    }
    guard let command = rest.first, !command.hasPrefix("-") else { return moved + rest }
    // `keys` has commands of its own, and they take the option.
    let depth = command == "keys" && rest.count > 1 && !rest[1].hasPrefix("-") ? 2 : 1
    return Array(rest.prefix(depth)) + moved + rest.dropFirst(depth)
  }

  private static func finish(_ error: any Error) -> Never {
    if let failure = error as? CommandFailure { end(failure.code, failure.message) }
    if let code = ExitTable.code(of: error) { end(code, "\(error)") }
    // The parser would show how the program as a whole is used, and not the command.
    if let mistake = error as? ValidationError {
      end(ExitTable.usage, "\(mistake.message); “maas-mirror COMMAND --help” shows how it is used")
    }
    let (code, message) = (MaasMirrorCommand.exitCode(for: error).rawValue, MaasMirrorCommand.fullMessage(for: error))
    // What was asked for, such as help, is a result.
    if code == 0 { Console.write(Array("\(message)\n".utf8)) } else { Console.note(message) }
    tellJSON(code, MaasMirrorCommand.message(for: error))
    end(code, "")
  }

  /// - Parameter message: empty when all was told already.
  private static func end(_ code: Int32, _ message: String) -> Never {
    if !message.isEmpty {
      Console.error(message)
      tellJSON(code, message)
    }
    var code = code
    if let loss = Console.lostOutput {
      Console.error(loss)
      // What failed before is the worse news.
      if code == 0 { code = ExitTable.disk }
    }
    Glibc.exit(code)
  }

  /// Who asked for JSON reads it also where there is nothing else to report.
  private static func tellJSON(_ code: Int32, _ message: String) {
    guard code != 0, CommandLine.arguments.contains("--json") else { return }
    Console.json(.object(["error": .string(message), "exit_code": .number(Int64(code))]))
  }
}

struct MaasMirrorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "maas-mirror",
    abstract: "A local mirror of MAAS images: verified, kept once, published whole.",
    discussion: """
      EXAMPLES
        maas-mirror demo                      show the whole job on made-up images
        maas-mirror init                      write a mirror.conf to start from
        maas-mirror sync --publish            fetch, verify and publish
        maas-mirror serve                     hand it out to MAAS regions

      EXIT CODES
        0   done, or nothing to do
        1   done in part: what failed is listed; what was served is served on
        64  wrong usage
        65  what arrived cannot be trusted: signature, hash, rollback, document
        69  upstream cannot be reached
        74  disk or store failure, no space
        75  another writer holds the lock, or another program the port
        78  mirror.conf is wrong
      """,
    version: Program.version,
    subcommands: [
      InitCommand.self, ListCommand.self, PlanCommand.self, SyncCommand.self, PublishCommand.self, ServeCommand.self,
      StatusCommand.self, SnapshotsCommand.self, VerifyCommand.self, GCCommand.self, ExportCommand.self,
      ImportCommand.self, KeysCommand.self, BootSourceCommand.self, DemoCommand.self,
    ])
}
