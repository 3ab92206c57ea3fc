import ArgumentParser
import Glibc
import Mirroring
import OrderedCollections
import Simplestreams
import Storage
import Trust

struct KeysCommand: AsyncParsableCommand {
  static let defaultUserID = "maas-mirror (local image signing)"

  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "Create, show, import and export the key that signs what is published here.",
    subcommands: [Create.self, Show.self, Export.self, Import.self])

  struct Create: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Create the signing key, without a passphrase, in the data folder.",
      discussion: """
        EXAMPLES
          maas-mirror keys create
          maas-mirror keys create --algorithm rsa3072
        """)
    @OptionGroup var config: ConfigOption
    @OptionGroup var format: JSONFlag
    @Option(name: .long, help: "ed25519, or rsa3072 for regions on systems that are older than GnuPG 2.1.")
    var algorithm = "ed25519"
    @Option(name: .long, help: "The name that the key carries.")
    var userID = KeysCommand.defaultUserID
    @Flag(name: .long, help: "Create one although there is a key already.")
    var another = false

    func run() async throws {
      guard let chosen = SigningHome.Algorithm(rawValue: algorithm) else {
        throw ValidationError("“\(algorithm)” is not an algorithm; choose ed25519 or rsa3072")
      }
      let workplace = Workplace(try config.settingsWithoutUpstream())
      let home = try workplace.signingHome(create: true)
      // Two at once would make two keys, of which no publication knows which to use.
      let lock = try WriterLock(workplace.folder, purpose: "keys create")
      defer { withExtendedLifetime(lock) {} }
      let (key, isNew) = try LocalSigner.namingTheDisk(of: home.path) {
        if let key = try home.secretKeys().first, !another { return (key, false) }
        return (try home.create(chosen, userID: userID), true)
      }
      tell(key, isNew: isNew, isNew ? key.algorithm : "there already; --another makes one more")
      try KeyChoice.advise(home, workplace.settings)
    }

    private func tell(_ key: KeyFacts, isNew: Bool, _ note: String) {
      if format.json {
        Console.json(.object(["key": key.json, "new_key": .bool(isNew)]))
      } else {
        Console.print("signing key: \(key.fingerprint) (\(note))")
      }
    }
  }

  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the signing keys.")
    @OptionGroup var config: ConfigOption
    @OptionGroup var format: JSONFlag

    func run() async throws {
      let workplace = Workplace(try config.settingsWithoutUpstream())
      let keys =
        access(workplace.keysHome, F_OK) == 0 ? try workplace.signingHome(create: false).secretKeys() : []
      if format.json {
        Console.json(.array(keys.map(\.json)))
      } else if keys.isEmpty {
        Console.print("no signing key yet; “maas-mirror keys create” makes one")
      } else {
        for key in keys {
          Console.print(
            "\(key.fingerprint)  \(key.algorithm)  \(Timestamp(seconds: key.created).iso.prefix(10))  "
              + key.userIDs.joined(separator: ", ") + key.ending(at: Clock.now()))
        }
      }
    }
  }

  struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Write the public key as a binary keyring, as MAAS and gpgv want it.",
      discussion: """
        EXAMPLES
          maas-mirror keys export
          maas-mirror keys export --output /srv/keyring.gpg
        """)
    @OptionGroup var config: ConfigOption
    @OptionGroup var format: JSONFlag
    @Option(name: .shortAndLong, help: ArgumentHelp("Where to write it; - for standard output.", valueName: "file"))
    var output = "keyring.gpg"

    func validate() throws {
      if output == "-", format.json { throw ValidationError("the keyring and JSON cannot both go to standard output") }
    }

    func run() async throws {
      let workplace = Workplace(try config.settingsWithoutUpstream())
      guard let signer = try workplace.signer() else {
        throw CommandFailure(
          code: ExitTable.configuration, message: "there is no signing key yet; run “maas-mirror keys create”")
      }
      let bytes = try signer.keyring()
      if output == "-" {
        Console.write(bytes)
        return
      }
      guard let file = fopen(output, "we") else {
        throw CommandFailure(
          code: ExitTable.disk, message: "cannot write \(output): \(String(cString: strerror(errno)))")
      }
      let written = fwrite(bytes, 1, bytes.count, file)
      guard fclose(file) == 0, written == bytes.count else {
        throw CommandFailure(
          code: ExitTable.disk, message: "cannot write \(output): \(String(cString: strerror(errno)))")
      }
      if format.json {
        return Console.json(
          .object([
            "output": .string(output), "fingerprints": .array(signer.trusted.map { .string($0.hex) }),
            "bytes": .count(bytes.count),
          ]))
      }
      Console.print("wrote \(output): key \(signer.fingerprint)")
    }
  }

  struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Take over an existing signing key.",
      discussion: """
        The file is what “gpg --export-secret-keys FINGERPRINT” wrote. A key that stays in its own GnuPG home is used \
        with [signing] home and key in mirror.conf instead.

        EXAMPLES
          maas-mirror keys import secret.gpg
        """)
    @OptionGroup var config: ConfigOption
    @OptionGroup var format: JSONFlag
    @Argument(help: "The exported secret key.")
    var file: String

    func run() async throws {
      let workplace = Workplace(try config.settingsWithoutUpstream())
      let home = try workplace.signingHome(create: true)
      let lock = try WriterLock(workplace.folder, purpose: "keys import")
      defer { withExtendedLifetime(lock) {} }
      let key = try home.importSecretKey(try KeyFile.read(file), name: file)
      if format.json { Console.json(key.json) } else { Console.print("signing key: \(key.fingerprint) (imported)") }
      try KeyChoice.advise(home, workplace.settings)
    }
  }
}

extension KeyFacts {
  fileprivate func ending(at now: Int64) -> String {
    if isRevoked { return "  revoked" }
    return expires.map { "  \($0 > now ? "expires" : "expired") \(Timestamp(seconds: $0).iso.prefix(10))" } ?? ""
  }

  var json: JSONValue {
    .object([
      "fingerprint": .string(fingerprint.hex), "algorithm": .string(algorithm),
      "user_ids": .array(userIDs.map(JSONValue.string)), "created": .time(created), "expires": .time(expires),
    ])
  }
}

enum KeyFile {
  static func read(_ path: String) throws -> [UInt8] {
    guard let file = fopen(path, "re") else {
      throw CommandFailure(code: ExitTable.usage, message: "cannot read \(path): \(String(cString: strerror(errno)))")
    }
    defer { fclose(file) }
    var bytes = [UInt8](repeating: 0, count: 4 << 20)
    let count = fread(&bytes, 1, bytes.count, file)
    return Array(bytes[..<count])
  }
}
