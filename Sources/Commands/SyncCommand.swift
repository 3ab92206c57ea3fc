import ArgumentParser
import Mirroring
import Transfer

struct SyncCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sync",
    abstract: "Fetch and verify what the sources have and mirror.conf selects.",
    discussion: """
      The result is a snapshot per source; an unchanged upstream makes none. What was interrupted goes on where it \
      stopped. With --publish the publications follow, as the timer does it, and what nothing needs any more is removed \
      (see “maas-mirror gc --help”).

      EXAMPLES
        maas-mirror sync
        maas-mirror sync --publish
        maas-mirror sync stable --json
        maas-mirror sync --wait "10 min"
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @OptionGroup var waiting: WaitOption
  @Argument(help: "The sources to sync; all when none is named.")
  var sources: [String] = []
  @OptionGroup var options: UpdateOptions

  func run() async throws {
    let workplace = Workplace(try config.settings())
    let chosen = try workplace.reachableSources(sources, isQuiet: options.quiet)
    let update = SourceUpdate(
      purpose: "sync", workplace: workplace, options: options, isJSON: format.json, waiting: waiting.seconds)
    try await update.run(chosen) { settings, display in
      let (client, close) = try workplace.client(settings) { url, _, error, delay in
        display.show(.retrying(what: url.description, reason: "\(error)", seconds: delay / .seconds(1)))
      }
      return SourceUpdate.Supply(source: try workplace.source(settings), client: client, close: close)
    }
  }
}
