import ArgumentParser
import Bundles
import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage
import Transfer

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read the blobs, compare each with its name, and look for those that are gone.",
    discussion: """
      Begins with those whose last check is longest ago, and lets everybody else go first at the disk. A damaged blob is \
      moved to the folder quarantine of the data folder as it is found, so that nobody gets it. With --repair it is \
      fetched again from a bundle, a source or a peer; without, the next “maas-mirror sync --publish” brings it back.

      The exit code is 0 when all is well or repaired, 1 when some of it could be repaired, and 74 otherwise.

      EXAMPLES
        maas-mirror verify
        maas-mirror verify --repair --budget "2 h"
        maas-mirror verify --repair --peer http://other:8080/ephemeral-v3/stable/
        maas-mirror verify --repair --bundle /media/usb/images
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @Option(
    name: .long,
    help: ArgumentHelp("Begin no other blob after this time, as in \"10 min\".", valueName: "duration"),
    transform: { try Limit.read($0, as: "a duration, as in \"10 min\"", Quantity.seconds) })
  var budget: Int64?
  @Option(
    name: .long, help: ArgumentHelp("Read no more than this, as in \"50 GB\".", valueName: "size"),
    transform: { try Limit.read($0, as: "a size, as in \"50 GB\"", Quantity.bytes) })
  var bytes: Int64?
  @Flag(name: .long, help: "Fetch again what is damaged or gone, from any source or peer that has it.")
  var repair = false
  @Option(name: .long, help: ArgumentHelp("Another mirror to ask as well: a publication's URL.", valueName: "url"))
  var peer: [String] = []
  @Option(name: .long, help: ArgumentHelp("A bundle to look into as well.", valueName: "folder"))
  var bundle: [String] = []

  func run() async throws {
    if !peer.isEmpty, !repair { throw ValidationError("--peer is of use with --repair only") }
    if !bundle.isEmpty, !repair { throw ValidationError("--bundle is of use with --repair only") }
    let workplace = Workplace(try config.settingsWithoutUpstream())
    try workplace.requireNotLost()
    let display = VerifyDisplay(isQuiet: format.json)
    let (found, named) = try await Scrub(
      workplace.folder, budget: ScrubBudget(seconds: budget, bytes: bytes), now: Clock.now,
      observe: { display.show($0) }
    ).run()
    var report = found
    var failure: (any Error)?
    if repair, !report.faults.isEmpty {
      do { try await mend(&report, named, workplace) } catch { failure = error }
    }
    if format.json { Console.json(report.json) } else { Console.print(report.text) }
    // What was found is told first: it is quarantined, whatever stood in the way of mending it.
    if let failure {
      guard let code = ExitTable.code(of: failure) else { throw failure }
      throw CommandFailure.afterReport(code, "\(failure)")
    }
    let mended = report.faults.count { $0.isRepaired }
    if report.unreadable.isEmpty, mended == report.faults.count { return }
    throw CommandFailure.afterReport(
      mended > 0 ? ExitTable.partial : ExitTable.disk,
      "run “maas-mirror sync --publish”, or “import --publish” where it is carried: that brings back what is damaged or gone"
    )
  }

  private func mend(_ report: inout ScrubReport, _ named: NamedBlobs, _ workplace: Workplace) async throws {
    let lock = try WriterLock(workplace.folder, purpose: "verify")
    let work = Repair(blobs: FileBlobStore(workplace.folder), named: named)
    for path in bundle { try await mend(&report, work, from: BundleFolder(DemoFolder.absolute(path))) }
    for settings in workplace.settings.sources where !settings.isCarried {
      let (client, close) = try workplace.client(settings)
      defer { close() }
      let source = Source.files(
        settings.name, at: try settings.urls.map { try TreeAddress($0.unredacted) },
        connections: settings.sync.connections)
      try await work.fetch(into: &report, from: source, client: client, observe: { VerifyDisplay.tell($0) })
    }
    if let first = workplace.settings.sources.first {
      for url in peer {
        let (client, close) = try workplace.client(first)
        defer { close() }
        let address = try TreeAddress(url)
        let source = Source.files(
          address.root.description, at: [address], connections: first.sync.connections)
        try await work.fetch(into: &report, from: source, client: client, observe: { VerifyDisplay.tell($0) })
      }
    }
    withExtendedLifetime(lock) {}
  }

  private func mend(_ report: inout ScrubReport, _ work: Repair, from folder: BundleFolder) async throws {
    for entry in Self.usable({ () throws(StorageError) in try folder.read().snapshots }) ?? [] {
      guard let snapshot = Self.usable({ () throws(StorageError) in try folder.snapshot(entry) }) else { continue }
      let client = BundleClient(folder, snapshot)
      let source = Source.files(
        entry.source, at: [TreeAddress(root: client.root, index: .standard)], connections: 1)
      try await work.fetch(into: &report, from: source, client: client, observe: { VerifyDisplay.tell($0) })
    }
  }

  /// A bundle that cannot be used is told, and hides no other.
  private static func usable<Value>(_ read: () throws(StorageError) -> Value) -> Value? {
    do {
      return try read()
    } catch {
      Console.error("\(error)")
      return nil
    }
  }
}

/// A limit that is typed on the command line.
private enum Limit {
  static func read(_ text: String, as form: String, _ reading: (String) -> Int64?) throws -> Int64 {
    guard let value = reading(text), value > 0 else { throw ValidationError("“\(text)” is not \(form)") }
    return value
  }
}
