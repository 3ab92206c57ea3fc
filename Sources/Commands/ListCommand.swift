import ArgumentParser
import Mirroring
import OrderedCollections
import Simplestreams

struct ListCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Show what the sources offer: releases, architectures, kernels, sizes.",
    discussion: """
      The column SEL marks what mirror.conf selects. Nothing is changed and no image is fetched.

      EXAMPLES
        maas-mirror list
        maas-mirror list stable --json
        maas-mirror list --bundle /media/usb/images
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag
  @OptionGroup var carried: BundleOption
  @Argument(help: "The sources to list; all when none is named.")
  var sources: [String] = []

  func run() async throws {
    let workplace = Workplace(try config.settings())
    var looks = try UpstreamLooks(workplace, bundle: carried.bundle)
    try await looks.look(at: sources) { source, upstream in
      let offers = Offer.list(upstream.products, selection: source.selection)
      let unmet = source.selection.unmet(in: upstream.products)
      if !format.json {
        Console.print("\(source.name): \(upstream.root)")
        let header = ["SEL", "OS", "RELEASE", "TITLE", "ARCH", "KERNELS", "NEWEST", "VERSIONS", "SIZE"]
        Console.print(Console.table(header, offers.map(\.row), right: [7, 8]))
        for note in unmet { Console.print("note: \(note)") }
        Console.print("")
      }
      return .object([
        "source": .string(source.name), "offers": .array(offers.map(\.json)),
        "notes": .array(unmet.map(JSONValue.string)),
      ])
    }
    try looks.finish(printing: format.json)
  }
}

/// A row of the list: what one release offers for one architecture.
struct Offer {
  var os: String
  var release: String
  var title: String
  var arch: String
  var kernels: [String]
  var newest: String
  var versions: Int
  var bytes: Int64
  var isSelected: Bool

  static func list(_ files: [ProductsFile], selection: Selection) -> [Offer] {
    let selected = Set(selection.apply(to: files).flatMap(\.products).map(\.name))
    var groups: OrderedDictionary<[String], [Product]> = [:]
    for product in files.flatMap(\.products) {
      let key = [product["os"] ?? "", product["release"] ?? product["bootloader-type"] ?? "", product["arch"] ?? ""]
      groups[key, default: []].append(product)
    }
    return groups.map { key, products in
      var seen: Set<TreePath> = []
      let files = products.flatMap(\.versions).flatMap(\.files).filter {
        $0.path.map { seen.insert($0).inserted } ?? false
      }
      return Offer(
        os: key[0], release: key[1], title: products[0]["release_title"] ?? "", arch: key[2],
        kernels: products.compactMap(\.kernel), newest: products.compactMap { $0.versions.last?.name }.max() ?? "",
        versions: Set(products.flatMap(\.versions).map(\.name)).count,
        bytes: files.reduce(0) { $0 + ($1.size ?? 0) }, isSelected: products.contains { selected.contains($0.name) })
    }.sorted { ($0.os, $0.release, $0.arch) < ($1.os, $1.release, $1.arch) }
  }

  var row: [String] {
    let shown = kernels.count > 4 ? kernels.prefix(3) + ["… \(kernels.count)"] : kernels[...]
    return [
      isSelected ? "*" : "", os, release, title, arch, shown.joined(separator: " "), newest, "\(versions)",
      Bytes.text(bytes),
    ]
  }

  var json: JSONValue {
    .object([
      "os": .string(os), "release": .string(release), "title": .string(title), "arch": .string(arch),
      "kernels": .array(kernels.map(JSONValue.string)), "newest": .string(newest), "versions": .count(versions),
      "bytes": .number(bytes), "selected": .bool(isSelected),
    ])
  }
}

extension Product {
  /// `ga-22.04`, or with its flavour where that is not the plain one: `hwe-22.04/lowlatency`.
  fileprivate var kernel: String? {
    guard attributes["krel"] != nil || attributes["kflavor"] != nil, let subarch = self["subarch"] else { return nil }
    guard let flavour = self["kflavor"], flavour != "generic" else { return subarch }
    return "\(subarch)/\(flavour)"
  }
}
