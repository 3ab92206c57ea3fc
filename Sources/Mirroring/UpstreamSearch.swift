import Catalog
import Storage
import Transfer

/// Finds the first of a source's addresses that has a tree which verifies and is not older than what was accepted before.
///
/// All documents of a pass come from one address: two servers that are a minute apart would be mixed into a tree that
/// upstream never had. What does not depend on the address (floors, documents that were verified) is the source's.
struct UpstreamSearch: Sendable {
  let source: Source
  let client: any HTTPClient
  let blobs: any BlobStore
  let acceptRollback: Bool
  let now: Int64
  let floors: RollbackFloors
  private let known: KnownDocuments

  init(
    source: Source, client: any HTTPClient, blobs: any BlobStore, previous: SourceState?, acceptRollback: Bool,
    now: Int64
  ) {
    self.source = source
    self.client = client
    self.blobs = blobs
    self.acceptRollback = acceptRollback
    self.now = now
    known = KnownDocuments(source, previous)
    let isSameTree = previous.map { SettingsKeys($0.settings).isSameTree(as: SettingsKeys(source)) } ?? false
    floors = RollbackFloors(isSameTree ? previous?.floors ?? [:] : [:])
  }

  /// - Parameter unchangedIsEnough: whether the caller needs no documents when upstream says that nothing changed.
  func read(unchangedIsEnough: Bool = false) async throws -> Upstream {
    let addresses = source.addresses
    if addresses.count == 1 {
      return try await reader(addresses[0], acceptRollback).read(unchangedIsEnough: unchangedIsEnough)
    }
    var failures: [AddressFailure] = []
    func attempt(_ address: TreeAddress, _ acceptRollback: Bool) async throws -> Upstream? {
      do {
        var upstream = try await reader(address, acceptRollback).read(unchangedIsEnough: unchangedIsEnough)
        upstream.notes = failures.map { "\($0.reason); asked the next address" }
        return upstream
      } catch {
        guard let failure = AddressFailure(address, error) else { throw error }
        failures.append(failure)
        return nil
      }
    }
    for address in addresses { if let upstream = try await attempt(address, false) { return upstream } }
    // Only when no address is up to date is an old tree what the operator agreed to.
    let lagging = zip(addresses, failures).filter { acceptRollback && $1.fault == .lagging }.map(\.0)
    let told = failures
    for address in lagging { if let upstream = try await attempt(address, true) { return upstream } }
    throw MirrorError.noUsableAddress(source: source.name, told)
  }

  private func reader(_ address: TreeAddress, _ acceptRollback: Bool) -> UpstreamReader {
    UpstreamReader(
      source: source, address: address, client: client, blobs: blobs, known: known, floors: floors,
      acceptRollback: acceptRollback, now: now)
  }
}
