import ArgumentParser

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
        maas-mirror plan --bundle /media/usb/images
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

  func run() async throws {
    let workplace = Workplace(try config.settings())
    let bundle = try OpenBundle(folder)
    let chosen = try bundle.chosen(sources, workplace)
    let update = SourceUpdate(
      purpose: "import", workplace: workplace, options: options, isJSON: format.json, waiting: waiting.seconds)
    try await update.run(chosen) { settings, _ in try bundle.supply(settings, workplace) }
  }
}
