import ArgumentParser
import Bundles
import Mirroring
import Settings
import Storage

struct ImportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take what another maas-mirror exported, verified as if upstream had sent it.",
    discussion: """
      Each source of the bundle is matched by its name with one of mirror.conf, whose keyring and selection count. \
      Whoever carried the bundle is trusted for nothing: upstream's signatures, the hashes of all files, the age of the \
      documents and mass removals are held against what is here already. A source that comes in bundles alone has \
      “carried = true” in the place of its url.

      EXAMPLES
        maas-mirror import /media/usb/images --publish
        maas-mirror import /media/usb/images stable --json
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @OptionGroup var waiting: WaitOption
  @Argument(help: ArgumentHelp("The folder that “maas-mirror export” was given.", valueName: "folder"))
  var folder: String
  @Argument(help: "The sources to take; all when none is named.")
  var sources: [String] = []
  @OptionGroup var options: UpdateOptions

  func validate() throws {
    if folder.isEmpty { throw ValidationError("the name of the folder is empty") }
  }

  func run() async throws {
    let workplace = Workplace(try config.settings())
    let folder = BundleFolder(DemoFolder.absolute(folder))
    let entries = try folder.read().snapshots
    let chosen = try choose(entries.map(\.source), workplace)
    let update = SourceUpdate(
      purpose: "import", workplace: workplace, options: options, isJSON: format.json, waiting: waiting.seconds)
    try await update.run(chosen) { settings, _ in
      guard let entry = entries.first(where: { $0.source == settings.name }) else {
        preconditionFailure("a source was chosen that the bundle does not have")
      }
      let snapshot = try folder.snapshot(entry)
      let client = BundleClient(folder, snapshot)
      return SourceUpdate.Supply(
        source: try workplace.source(settings).carried(at: client.root), client: client,
        exported: ExportedVersions(snapshot))
    }
  }

  private func choose(_ carried: [String], _ workplace: Workplace) throws -> [SourceSettings] {
    let named = try workplace.sources(sources)
    let list = carried.joined(separator: ", ")
    if let absent = sources.first(where: { !carried.contains($0) }) {
      throw CommandFailure(
        code: ExitTable.usage, message: "“\(absent)” is not in the bundle \(folder); there is: \(list)")
    }
    let chosen = named.filter { carried.contains($0.name) }
    if chosen.isEmpty {
      throw CommandFailure(
        code: ExitTable.configuration,
        message:
          "no [[source]] of \(workplace.settings.file) has the name of one in the bundle \(folder); there is: \(list)")
    }
    if sources.isEmpty {
      for name in carried where !chosen.contains(where: { $0.name == name }) {
        Console.note("\(name): is in the bundle and not in \(workplace.settings.file), so it is left")
      }
    }
    return chosen
  }
}
