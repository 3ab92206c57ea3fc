import ArgumentParser
import Mirroring
import OrderedCollections
import Simplestreams
import Storage

struct VerifyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Read every blob and compare it with its name.",
    discussion: """
      Changes nothing. Damaged blobs are listed, and the exit code is 74.

      EXAMPLES
        maas-mirror verify
        maas-mirror verify --json
      """)

  @OptionGroup var config: ConfigOption
  @OptionGroup var format: JSONFlag

  func run() async throws {
    let workplace = Workplace(try config.settings())
    let blobs = FileBlobStore(workplace.folder)
    var damaged: [(SHA256Digest, String)] = []
    var checked = 0
    var bytes: Int64 = 0
    try blobs.forEach { digest, size throws(StorageError) in
      checked += 1
      bytes += size
      do throws(StorageError) { try blobs.check(digest) } catch { damaged.append((digest, "\(error)")) }
    }
    if format.json {
      Console.json(
        .object([
          "checked": .count(checked), "bytes": .number(bytes),
          "damaged": .array(damaged.map { .object(["blob": .string($0.0.hex), "reason": .string($0.1)]) }),
        ]))
    } else {
      for (digest, reason) in damaged { Console.print("damaged  \(digest): \(reason)") }
      Console.print("\(checked) blobs, \(Bytes.text(bytes)) read, \(damaged.count) damaged")
    }
    if !damaged.isEmpty {
      throw CommandFailure(
        code: ExitTable.disk,
        message:
          "remove the damaged files from \(workplace.folder.blobs), then run “maas-mirror sync” to fetch them again")
    }
  }
}
