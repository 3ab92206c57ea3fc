import ArgumentParser
import Catalog
import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage

struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan",
    abstract: "Show what a sync would fetch, keep and drop.",
    discussion: """
      Reads and verifies upstream's documents; nothing is changed and no image is fetched.

      EXAMPLES
        maas-mirror plan
        maas-mirror plan stable --json
        maas-mirror plan --bundle /media/usb/images
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @OptionGroup var carried: BundleOption
  @Argument(help: "The sources to plan; all when none is named.")
  var sources: [String] = []

  func run() async throws {
    let workplace = Workplace(try config.settings())
    let blobs = FileBlobStore(workplace.folder)
    let store = try MirrorStore(reading: workplace.folder)
    var looks = try UpstreamLooks(workplace, bundle: carried.bundle)
    try await looks.look(at: sources) { source, upstream in
      let previous = try store?.latest(of: source.name)?.snapshot
      let settings = try store?.catalog.state(of: source.name)?.settings
      let plan = try Plan(upstream.products, selection: source.selection, previous: previous) {
        try blobs.size(of: $0)
      } sizeReceived: {
        try blobs.sizeReceived(of: $0)
      }
      let removal = MassRemoval.held(source, upstream.products, previous: previous, settings: settings)
      if plan.isEmpty, removal == nil, carried.bundle != nil { throw MirrorError.nothingCarried(source: source.name) }
      if plan.isEmpty, removal == nil { throw MirrorError.nothingPlanned(source, of: upstream.products) }
      var report = PlanReport(
        source: source, plan: plan, free: try FreeSpace.nearest(to: workplace.folder.root), removal: removal)
      if let age = IndexAge(of: upstream.updated, limit: source.maxAge, now: Clock.now()), age.isTooOld {
        report.age = age.warning
      }
      report.unmet = source.selection.unmet(in: upstream.products)
      if source.wantsAllForms {
        report.faults = try UpstreamGate.faults(in: upstream)
        let paths = paths(plan)
        report.unavailable = UpstreamListing.unavailable(in: upstream.products, items: paths)
        report.listed = UpstreamListing.notes(upstream.products, of: source.name, items: paths)
      }
      if !format.json { Console.print(report.text) }
      return report.json
    }
    try looks.finish(printing: format.json)
  }

  /// Where upstream's own documents are published, they list more than that.
  private func paths(_ plan: Plan) -> Set<TreePath> {
    Set(plan.selected.flatMap(\.products).flatMap(\.versions).flatMap(\.files).compactMap(\.path))
  }
}

struct PlanReport {
  let source: Source
  let plan: Plan
  let free: Int64
  /// What holds the source back.
  let removal: MassRemoval?
  /// What is asked for in vain.
  private var notes: [String] {
    [age].compactMap(\.self) + unmet.map { "\($0); “maas-mirror list” shows what there is" } + listed
  }
  /// Why upstream looks as if it stood still.
  var age: String?
  var unmet: [String] = []
  /// What upstream's own documents list beside what a region asks for.
  var listed: [String] = []
  /// Where upstream's own documents are published: why they cannot be, and which products they list in vain.
  var faults: [Gate.Violation] = []
  var unavailable: [String] = []

  private var products: Int { plan.selected.reduce(0) { $0 + $1.products.count } }
  private var versions: Int { plan.selected.reduce(0) { $0 + $1.products.reduce(0) { $0 + $1.versions.count } } }
  private var fits: Bool { plan.bytesToWrite == 0 || plan.bytesToWrite + source.minFree <= free }

  private var lack: String {
    ", NOT ENOUGH: \(Bytes.text(plan.bytesToWrite)) are to be written, and \(Bytes.text(source.minFree)) must stay free"
  }

  private var begun: String {
    let begun = plan.bytesToFetch - plan.bytesToWrite
    return begun > 0 ? ", of which \(Bytes.text(begun)) came before an interruption" : ""
  }

  var text: String {
    var lines = [
      "\(source.name): \(Counted.text(products, "product")), \(Counted.text(versions, "version")) selected",
      "  to fetch:  \(Counted.text(plan.toFetch.count, "file")), \(Bytes.text(plan.bytesToFetch))\(begun)",
      "  have:      \(Counted.text(plan.present.count, "file")), \(Bytes.text(plan.bytesPresent))",
      "  shared:    \(Bytes.text(plan.bytesShared)) that several paths have in common",
      "  versions:  \(plan.added) new, \(plan.kept) kept, \(plan.dropped.count) dropped",
      "  free:      \(Bytes.text(free))\(fits ? "" : lack)",
    ]
    if let removal {
      lines.append("  HELD BACK: \(removal); a sync refuses that without --accept-removal")
    }
    lines += ShortList.lines(notes, after: "  note       ")
    lines += ShortList.lines(plan.dropped, after: "  drop       ")
    lines += ShortList.lines(plan.missing, after: "  missing    ")
    lines += ShortList.lines(plan.unfit, after: "  left out   ")
    if !faults.isEmpty {
      lines.append(
        "  REFUSED:   a publish of upstream's documents as they are, which would break regions (signed = \"local\" helps):"
      )
      lines += ShortList.lines(faults, after: "    ")
    }
    if !unavailable.isEmpty {
      lines.append("  upstream's documents list products whose files are not selected; a region must not select:")
      lines += ShortList.lines(unavailable, after: "    ")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  var json: JSONValue {
    .object([
      "source": .string(source.name), "products": .count(products), "versions": .count(versions),
      "fetch_files": .count(plan.toFetch.count), "fetch_bytes": .number(plan.bytesToFetch),
      "received_bytes": .number(plan.bytesToFetch - plan.bytesToWrite),
      "present_files": .count(plan.present.count), "present_bytes": .number(plan.bytesPresent),
      "listed_bytes": .number(plan.bytesListed), "new_versions": .count(plan.added), "kept_versions": .count(plan.kept),
      "dropped": .array(plan.dropped.map(JSONValue.string)), "free_bytes": .number(free), "fits": .bool(fits),
      "missing": .array(plan.missing.map(\.json)), "left_out": .array(plan.unfit.map(\.json)),
      "unavailable": .array(unavailable.map(JSONValue.string)),
      "refused": .array(faults.map { .string($0.description) }),
      "notes": .array(notes.map(JSONValue.string)), "held_back": .bool(removal != nil),
      "vanished": .array((removal?.products ?? []).map(JSONValue.string)),
    ])
  }
}

extension Snapshot.Missing {
  var json: JSONValue {
    .object(["product": .string(product), "version": .string(version), "reason": .string(reason)])
  }
}
