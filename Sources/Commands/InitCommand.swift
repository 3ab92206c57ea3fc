import ArgumentParser
import Glibc
import OrderedCollections
import Seeds
import Settings
import Simplestreams
import Storage
import Trust

struct InitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Write a mirror.conf, make the data folder and the signing key.",
    discussion: """
      What is there already is left as it is.

      EXAMPLES
        maas-mirror init
        maas-mirror init --seeds
        maas-mirror init --json
        maas-mirror init --from lts-amd64 --data /srv/mirror
      """)

  @Option(name: .long, help: ArgumentHelp("Where to write the configuration.", valueName: "file"))
  var config = "mirror.conf"
  @Option(
    name: .long,
    help: ArgumentHelp("The selection to start from, “default” by default; --seeds lists them.", valueName: "seed"))
  var from: String?
  @Option(name: .long, help: ArgumentHelp("The data folder to write into the configuration.", valueName: "folder"))
  var data: String?
  @Flag(name: .long, help: "List the seeds and stop.")
  var seeds = false
  @Flag(name: .long, help: "Do not create a signing key.")
  var noKey = false
  @OptionGroup var format: JSONFlag

  func run() async throws {
    if seeds { return list() }
    let isNew = access(config, F_OK) != 0
    let seed = from ?? "default"
    if isNew { try write(seed) } else { try refuseToChange() }
    let (workplace, key) = try setUp(isNew: isNew)
    tell(isNew ? "wrote \(config) (seed “\(seed)”)" : "\(config) is there already; it is used as it is")
    tell("data folder: \(workplace.folder.root)")
    if let key { tell("signing key: \(key.facts.fingerprint) (\(key.isNew ? "new, ed25519" : "there already"))") }
    var problems: [String] = []
    do throws(SettingsError) {
      _ = try MirrorSettings.loadChecked(config)
    } catch {
      // A keyring that is not installed yet stops a sync, not the set-up.
      problems = error.problems.map(\.description)
      tell("before the first sync: \(error)")
    }
    let isCarried = workplace.settings.sources.allSatisfy(\.isCarried)
    let steps = (isCarried ? ["import FOLDER --publish"] : ["plan", "sync --publish"]) + ["serve"]
    tell("next: read \(config), then run" + steps.map { "\n  maas-mirror --config \(config) \($0)" }.joined())
    guard format.json else { return }
    Console.json(
      .object([
        "config": .string(config), "new_config": .bool(isNew), "seed": isNew ? .string(seed) : .null,
        "data": .string(workplace.folder.root), "key": key?.facts.json ?? .null,
        "new_key": .bool(key?.isNew ?? false), "problems": .array(problems.map(JSONValue.string)),
      ]))
  }

  private func setUp(isNew: Bool) throws -> (Workplace, (facts: KeyFacts, isNew: Bool)?) {
    do {
      let text = String(decoding: try KeyFile.read(config), as: UTF8.self)
      let workplace = Workplace(try MirrorSettings.parse(text, file: config, checkFiles: false))
      try workplace.requireNotLost()
      try workplace.folder.create()
      return (workplace, noKey ? nil : try makeKey(workplace))
    } catch {
      // The next try, with sudo or another --data, would be refused because of what this one wrote.
      if isNew { unlink(config) }
      throw error
    }
  }

  private func tell(_ text: String) { if !format.json { Console.print(text) } }

  private func list() {
    let all = Seeds.configurations
    if format.json {
      Console.json(.array(all.map { .object(["name": .string($0.name), "title": .string($0.title)]) }))
    } else {
      Console.print(Console.table(["SEED", "WHAT"], all.map { [$0.name, $0.title] }))
    }
  }

  /// What was typed would be without effect, and somebody would rely on it.
  private func refuseToChange() throws {
    let typed = [from.map { _ in "--from" }, data.map { _ in "--data" }].compactMap(\.self)
    if typed.isEmpty { return }
    throw CommandFailure(
      code: ExitTable.usage,
      message:
        "\(config) is there already, and \(typed.joined(separator: " and ")) would not change it; edit it, remove it, or "
        + "name another file with --config")
  }

  private func write(_ name: String) throws {
    guard let seed = Seeds.configurations.first(where: { $0.name == name }) else {
      let names = Seeds.configurations.map(\.name).joined(separator: ", ")
      throw CommandFailure(code: ExitTable.usage, message: "there is no seed “\(name)”; there is: \(names)")
    }
    var text = seed.text
    if let given = data {
      // What is typed is seen from here; what stands in the file, from the file's folder.
      let data = DemoFolder.absolute(given)
      text = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
        line.hasPrefix("data = ") ? "data = \"\(Self.escaped(data))\"" : String(line)
      }.joined(separator: "\n")
    }
    guard let file = fopen(config, "wxe"), fputs(text, file) >= 0, fclose(file) == 0 else {
      throw CommandFailure(
        code: ExitTable.disk,
        message: "cannot write \(config): \(String(cString: strerror(errno))); name another place with --config")
    }
  }

  /// For a basic string of TOML.
  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
  }

  private func makeKey(_ workplace: Workplace) throws -> (facts: KeyFacts, isNew: Bool) {
    let home = try workplace.signingHome(create: true)
    if let key = try home.secretKeys().first { return (key, false) }
    return (try home.create(.ed25519, userID: KeysCommand.defaultUserID), true)
  }
}
