import Transfer
import Trust

/// Why one of a source's addresses could not be used.
package struct AddressFailure: Sendable {
  package enum Fault: Sendable {
    /// It did not answer, or has no tree.
    case unreachable
    /// It has an older tree than the one that was accepted last.
    case lagging
    /// What it sent cannot be trusted.
    case untrusted
  }

  package var fault: Fault
  /// Names the address, without credentials.
  package var reason: String

  /// `nil` for what is no fault of the address, so that another one would not help: our disk, our keyring, a stop.
  init?(_ address: TreeAddress, _ error: any Error) {
    guard let fault = Fault(error) else { return nil }
    self.fault = fault
    let text = "\(error)"
    let name = address.root.description
    reason = text.contains(name) ? text : "\(name): \(text)"
  }
}

extension AddressFailure.Fault {
  init?(_ error: any Error) {
    switch error {
    case let error as TransferError:
      switch error {
      case .badURL, .badCertificateAuthorities: return nil
      case .status: self = .unreachable
      default: self = error.isUnreachable ? .unreachable : .untrusted
      }
    case let error as TrustError:
      switch error {
      case .keyring, .noSuchKey, .severalKeys, .cannotSign, .gnupg, .unsignable: return nil
      default: self = .untrusted
      }
    case let error as MirrorError:
      switch error {
      case .rollback: self = .lagging
      case .noIndex: self = .unreachable
      case .malformed, .unsigned, .misplaced, .mixed, .fromTheFuture, .tooManyDocuments, .tooManyBytes:
        self = .untrusted
      default: return nil
      }
    case is MemorySink.Refusal: self = .untrusted
    default: return nil
    }
  }
}
