import ArgumentParser
import Mirroring
import OrderedCollections
import Simplestreams
import Storage

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every blob, compare it with its name, and look for those that are gone.",
    discussion: """
      Damaged blobs are moved to the folder quarantine of the data folder, so that nobody gets them. The next
      “maas-mirror sync --publish” brings back what is damaged or gone. The exit code is 74 when something is.

      EXAMPLES
        maas-mirror verify
        maas-mirror verify --json
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag

  func run() async throws {
    let workplace = Workplace(try config.settings())
    let found = try Inspection(workplace.folder)
    if format.json { Console.json(json(found)) } else { Console.print(text(found)) }
    if found.isSound { return }
    try quarantine(found.damaged.map(\.digest), workplace)
    throw CommandFailure(
      code: ExitTable.disk, message: "run “maas-mirror sync --publish”: it brings back what is damaged or gone")
  }

  /// Under the lock, and looked at once more: a sync may have mended it in the meantime.
  private func quarantine(_ damaged: [SHA256Digest], _ workplace: Workplace) throws {
    if damaged.isEmpty { return }
    let lock = try WriterLock(workplace.folder, purpose: "verify")
    let blobs = FileBlobStore(workplace.folder)
    for digest in damaged where try blobs.quarantine(digest) {
      Console.note("moved \(digest) to \(workplace.folder.quarantine)")
    }
    withExtendedLifetime(lock) {}
  }

  private func text(_ found: Inspection) -> String {
    var lines = found.damaged.map { "damaged  \($0.digest): \($0.reason)" }
    lines += found.missing.map { "gone     \($0.digest), needed by \($0.neededBy)" }
    lines += found.unreadable.map { "damaged  \($0)" }
    lines.append(
      "\(found.checked) blobs, \(Bytes.text(found.bytes)) read, \(found.damaged.count) damaged, "
        + "\(found.missing.count) gone")
    return lines.joined(separator: "\n")
  }

  private func json(_ found: Inspection) -> JSONValue {
    .object([
      "checked": .count(found.checked), "bytes": .number(found.bytes),
      "damaged": .array(
        found.damaged.map { .object(["blob": .string($0.digest.hex), "reason": .string($0.reason)]) }),
      "missing": .array(
        found.missing.map { .object(["blob": .string($0.digest.hex), "needed_by": .string($0.neededBy)]) }),
      "unreadable": .array(found.unreadable.map(JSONValue.string)),
    ])
  }
}
