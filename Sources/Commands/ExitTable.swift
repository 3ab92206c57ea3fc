import Bundles
import Catalog
import Mirroring
import Serving
import Settings
import Simplestreams
import Storage
import Transfer
import Trust

/// A failure that was told already, or that needs no more than one line.
struct CommandFailure: Error {
  var code: Int32
  var message: String

  /// Of a command that has printed its report: with --json there is one document on standard output, and not two.
  static func afterReport(_ code: Int32, _ message: String) -> CommandFailure {
    Console.error(message)
    return CommandFailure(code: code, message: "")
  }
}

/// The one table from errors to exit codes. Errors that are not in it are faults of usage, which the parser tells.
enum ExitTable {
  static let partial: Int32 = 1
  static let usage: Int32 = 64
  static let untrusted: Int32 = 65
  static let unreachable: Int32 = 69
  static let disk: Int32 = 74
  static let locked: Int32 = 75
  static let configuration: Int32 = 78

  static func code(of error: any Error) -> Int32? {
    switch error {
    case is SettingsError: configuration
    // What another program holds may be free a moment later: not a fault of mirror.conf.
    case let error as ServingError: if case .isInUse = error { locked } else { configuration }
    case let error as TrustError: code(error)
    case let error as TransferError: code(error)
    case let error as StorageError: code(error)
    case is CatalogError, is ExportError: disk
    case let error as MirrorError: code(error)
    case is MemorySink.Refusal, is TreePath.Refusal: untrusted
    case is CancellationError: partial
    default: nil
    }
  }

  private static func code(_ error: StorageError) -> Int32 {
    switch error {
    case .locked: locked
    case .badBundle: untrusted
    case .noBundle, .noPlaceForBundle: usage
    default: disk
    }
  }

  private static func code(_ error: TrustError) -> Int32 {
    switch error {
    case .keyring, .noSuchKey, .severalKeys, .cannotSign: configuration
    case .gnupg, .keyFromTheFuture: disk
    default: untrusted
    }
  }

  private static func code(_ error: TransferError) -> Int32 {
    switch error {
    case .badURL, .badCertificateAuthorities: configuration
    // A page that is not there, or not for us, is an address that does not lead to a tree.
    case .status: unreachable
    default: error.isUnreachable ? unreachable : untrusted
    }
  }

  private static func code(_ error: MirrorError) -> Int32 {
    switch error {
    case .rollback, .fromTheFuture, .mixed, .malformed, .unsigned, .misplaced, .tooManyDocuments, .tooManyBytes,
      .refused, .nothingFit, .nothingOffered, .incomplete, .massRemoval, .notPassable:
      untrusted
    case .noUsableAddress(_, let failures): code(failures.map(\.fault))
    case .noSpace, .unknownFormat, .blobsGone, .servedLost: disk
    case .noIndex: unreachable
    // Not even a part was done, so the code says why.
    case .nothingFetched(_, let wasLiedTo): wasLiedTo ? untrusted : unreachable
    case .nothingSelected, .nothingCarried, .noSigningKey, .notJoinable: configuration
    case .noSnapshot: partial
    }
  }

  /// A lie is told before a line that is down, and a lagging mirror matters only when nothing else is wrong: the others
  /// may be the ones that are up to date.
  private static func code(_ faults: [AddressFailure.Fault]) -> Int32 {
    faults.contains(.untrusted) || !faults.contains(.unreachable) ? untrusted : unreachable
  }

  /// Several sources or publications: the code of what failed, or 1 when something was done as well.
  static func code(failures: [any Error], successes: Int) -> Int32 {
    guard let first = failures.first else { return 0 }
    return successes > 0 ? partial : code(of: first) ?? partial
  }
}
