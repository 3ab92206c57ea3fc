import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage

/// Looks at sources one after the other, for the commands that only show. One that fails does not hide the others.
struct UpstreamLooks {
  let workplace: Workplace
  private(set) var json: [JSONValue] = []
  private var failures: [any Error] = []
  private var successes = 0

  init(_ workplace: Workplace) { self.workplace = workplace }

  /// - Parameter show: returns what is said of a source, as JSON; prints it itself when that is not wanted.
  mutating func look(
    at names: [String], show: (Source, Upstream) throws -> JSONValue
  ) async throws {
    for settings in try workplace.reachableSources(names) {
      do {
        let source = try workplace.source(settings)
        let (client, close) = try workplace.client(settings)
        defer { close() }
        let upstream = try await UpstreamLook(
          source: source, folder: workplace.folder, client: client, now: Clock.now()
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

  /// Ends the command as its failures demand.
  func finish(printing: Bool) throws {
    if printing { Console.json(.array(json)) }
    let code = ExitTable.code(failures: failures, successes: successes)
    if code != 0 { throw CommandFailure(code: code, message: "") }
  }
}
