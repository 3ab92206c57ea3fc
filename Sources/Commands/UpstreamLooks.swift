import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage

/// Looks at sources one after the other, for the commands that only show. One that fails does not hide the others.
struct UpstreamLooks {
  let workplace: Workplace
  private let bundle: OpenBundle?
  private(set) var json: [JSONValue] = []
  private var failures: [any Error] = []
  private var successes = 0

  /// - Parameter bundle: where to look in the place of upstream.
  init(_ workplace: Workplace, bundle: String?) throws {
    self.workplace = workplace
    self.bundle = try bundle.map { try OpenBundle($0) }
  }

  /// - Parameter show: returns what is said of a source, as JSON; prints it itself when that is not wanted.
  mutating func look(
    at names: [String], show: (Source, Upstream) throws -> JSONValue
  ) async throws {
    let chosen = try bundle?.chosen(names, workplace) ?? workplace.reachableSources(names)
    for settings in chosen {
      do {
        let supply = try supply(settings)
        defer { supply.close() }
        let source = supply.source
        let upstream = try await UpstreamLook(
          source: source, folder: workplace.folder, client: supply.client, exported: supply.exported, now: Clock.now()
        ).read()
        for note in upstream.notes { Console.note("\(settings.name): \(note)") }
        json.append(try show(source, upstream))
        successes += 1
      } catch {
        guard ExitTable.code(of: error) != nil else { throw error }
        failures.append(error)
        Console.error("\(settings.name): \(error)")
        json.append(.object(["source": .string(settings.name), "error": .string("\(error)")]))
      }
    }
  }

  private func supply(_ settings: SourceSettings) throws -> SourceUpdate.Supply {
    if let bundle { return try bundle.supply(settings, workplace) }
    let (client, close) = try workplace.client(settings)
    return SourceUpdate.Supply(source: try workplace.source(settings), client: client, close: close)
  }

  /// Ends the command as its failures demand.
  func finish(printing: Bool) throws {
    if printing { Console.json(.array(json)) }
    let code = ExitTable.code(failures: failures, successes: successes)
    if code != 0 { throw CommandFailure(code: code, message: "") }
  }
}
