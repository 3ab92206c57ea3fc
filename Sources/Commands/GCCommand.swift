import ArgumentParser
import Catalog
import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage

struct GCCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gc",
    abstract: "Remove what nothing needs any more.",
    discussion: """
      What stays: the newest snapshots of each source (keep_snapshots, keep_days), what is published, what was replaced \
      within the grace period, some states before that (keep_states), and for keep_leftovers what a sync fetched that did \
      not end: the next one goes on with it. “sync --publish” does the same behind itself, unless [gc] says \
      “automatic = false”. Safe beside a running server.

      EXAMPLES
        maas-mirror gc --dry-run
        maas-mirror gc
        maas-mirror gc --forget candidate
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @Flag(name: .long, help: "Show what would be removed, and remove nothing.")
  var dryRun = false
  @Flag(name: .long, help: "Remove also more than max_removal of [gc] allows, this time.")
  var acceptRemoval = false
  @Option(
    name: .long,
    help: ArgumentHelp("Remove the snapshots of a source that is no longer in mirror.conf.", valueName: "source"))
  var forget: [String] = []

  func run() async throws {
    let workplace = Workplace(try config.settingsWithoutUpstream())
    if let name = forget.first(where: { name in workplace.settings.sources.contains { $0.name == name } }) {
      throw CommandFailure(
        code: ExitTable.usage, message: "“\(name)” is in \(workplace.settings.file); take it out there first")
    }
    let (store, lock, isWhole) = try workplace.openForCleanup()
    try requireKnown(forget, store)
    let cleanup = Cleanup(workplace: workplace, store: store, forgotten: Set(forget), hasCatalog: isWhole)
    let report = try cleanup.run(dryRun: dryRun, acceptRemoval: acceptRemoval)
    withExtendedLifetime(lock) {}
    if format.json { Console.json(report.json) } else { Console.print(report.text) }
    if report.state == .refused {
      throw CommandFailure.afterReport(ExitTable.partial, cleanup.refusal(report.plan))
    }
  }

  /// A name with a typing mistake would remove nothing, and look as if it had.
  private func requireKnown(_ names: [String], _ store: MirrorStore) throws {
    if names.isEmpty { return }
    let known = try Set(store.catalog.snapshots().map(\.source) + store.catalog.states().map(\.source))
    guard let stranger = names.first(where: { !known.contains($0) }) else { return }
    throw CommandFailure(
      code: ExitTable.usage,
      message: "nothing is known of a source “\(stranger)”"
        + (known.isEmpty ? ", nor of any other" : "; there is: \(known.sorted().joined(separator: ", "))"))
  }
}

/// A clean-up with the rules of mirror.conf.
struct Cleanup {
  let workplace: Workplace
  let store: MirrorStore
  var forgotten: Set<String> = []
  /// Whether the catalog can be written.
  var hasCatalog = true

  private var settings: CleanupSettings { workplace.settings.cleanup }

  func run(dryRun: Bool = false, acceptRemoval: Bool = false) throws -> CleanupReport {
    let plan = try CleanupPlanner(store: store, retention: retention, now: Clock.now()).plan()
    if dryRun { return CleanupReport(plan: plan, state: .dryRun) }
    if !acceptRemoval, plan.removesMore(thanPercent: settings.maxRemoval) {
      return CleanupReport(plan: plan, state: .refused)
    }
    try store.carryOut(plan, catalog: hasCatalog)
    if hasCatalog { try store.noteSize(now: Clock.now()) }
    return CleanupReport(plan: plan, state: .done)
  }

  func refusal(_ plan: CleanupPlan) -> String {
    "\(Bytes.text(plan.bytes)) of \(Bytes.text(plan.bytes + plan.keptBytes)) would be removed at once, more than the "
      + "\(settings.maxRemoval) % that max_removal of [gc] allows; nothing was removed. See “maas-mirror gc --dry-run”, "
      + "and if that is right, run “maas-mirror gc --accept-removal”"
  }

  private var retention: Retention {
    let sources = workplace.settings.sources.map { source in
      let kept = source.retention
      return (source.name, Retention.Snapshots(count: kept.snapshots, age: Int64(kept.days) * 86400))
    }
    return Retention(
      sources: Dictionary(sources) { first, _ in first }, forgotten: forgotten, states: settings.keepStates,
      grace: workplace.settings.serve.grace, leftovers: settings.keepLeftovers)
  }
}
