import ArgumentParser
import Bundles
import Mirroring
import Settings
import Storage

/// A bundle whose list was read: what it has for the sources of mirror.conf.
struct OpenBundle {
  private let folder: BundleFolder
  private let name: String
  private let entries: [Bundle.Entry]

  /// - Parameter path: as it was typed.
  init(_ path: String) throws {
    if path.isEmpty { throw ValidationError("the name of the bundle's folder is empty") }
    name = path
    folder = BundleFolder(DemoFolder.absolute(path))
    entries = try folder.read().snapshots
  }

  /// The sources that are named, or all that both have.
  func chosen(_ names: [String], _ workplace: Workplace) throws -> [SourceSettings] {
    let carried = entries.map(\.source)
    let list = carried.joined(separator: ", ")
    let known = try workplace.sources(names)
    if let absent = names.first(where: { !carried.contains($0) }) {
      throw CommandFailure(
        code: ExitTable.usage, message: "“\(absent)” is not in the bundle \(name); there is: \(list)")
    }
    let chosen = known.filter { carried.contains($0.name) }
    if chosen.isEmpty {
      throw CommandFailure(
        code: ExitTable.configuration,
        message:
          "no [[source]] of \(workplace.settings.file) has the name of one in the bundle \(name); there is: \(list)")
    }
    if names.isEmpty {
      for other in carried where !chosen.contains(where: { $0.name == other }) {
        Console.note("\(other): is in the bundle and not in \(workplace.settings.file), so it is left")
      }
    }
    return chosen
  }

  /// One of those, to be read in the place of its upstream.
  func supply(_ settings: SourceSettings, _ workplace: Workplace) throws -> SourceUpdate.Supply {
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

/// For commands that look at upstream, or at what was carried.
struct BundleOption: ParsableArguments {
  @Option(name: .long, help: ArgumentHelp("Look into a bundle in the place of upstream.", valueName: "folder"))
  var bundle: String?
}
