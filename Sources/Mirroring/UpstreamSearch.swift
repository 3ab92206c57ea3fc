import Catalog
import Storage
import Transfer

/// Finds the first of a source's addresses that has a tree which verifies, is not older than what was accepted before, and does
/// not stand still for longer than `max_age`. Where all stand still, the newest is taken.
///
/// All documents of a pass come from one address: two servers that are a minute apart would be mixed into a tree that
/// upstream never had. What does not depend on the address (floors, documents that were verified) is the source's.
struct UpstreamSearch: Sendable {
  let source: Source
  let client: any HTTPClient
  let blobs: any BlobStore
  let keeping: BytesKeeping
  let acceptRollback: Bool
  let now: Int64
  let floors: RollbackFloors
  private let known: KnownDocuments

  init(
    source: Source, client: any HTTPClient, blobs: any BlobStore, keeping: BytesKeeping, previous: SourceState?,
    acceptRollback: Bool, now: Int64
  ) {
    self.source = source
    self.client = client
    self.blobs = blobs
    self.keeping = keeping
    self.acceptRollback = acceptRollback
    self.now = now
    known = KnownDocuments(source, previous, now: now)
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
    var old: [(upstream: Upstream, age: IndexAge)] = []
    func notes() -> [String] {
      failures.map { "\($0.reason); asked the next address" }
        + old.map { "\($0.upstream.root): \($0.age.warning); asked the next address" }
    }
    func attempt(_ address: TreeAddress, _ acceptRollback: Bool) async throws -> Upstream? {
      do {
        return try await reader(address, acceptRollback).read(unchangedIsEnough: unchangedIsEnough)
      } catch {
        guard let failure = AddressFailure(address, error) else { throw error }
        failures.append(failure)
        return nil
      }
    }
    for address in addresses {
      guard var upstream = try await attempt(address, false) else { continue }
      if let age = IndexAge(of: upstream.updated, limit: source.maxAge, now: now), age.isTooOld {
        // A mirror that stands still, or a freeze: another may be further.
        old.append((upstream, age))
      } else {
        upstream.notes = notes()
        return upstream
      }
    }
    // The first of the newest.
    if var newest = old.min(by: { $0.age.updated > $1.age.updated })?.upstream {
      old = []
      newest.notes = notes()
      return newest
    }
    // Only when no address is up to date is an old tree what the operator agreed to.
    let lagging = zip(addresses, failures).filter { acceptRollback && $1.fault == .lagging }.map(\.0)
    let told = failures
    for address in lagging {
      guard var upstream = try await attempt(address, true) else { continue }
      upstream.notes = notes()
      return upstream
    }
    throw MirrorError.noUsableAddress(source: source.name, told)
  }

  private func reader(_ address: TreeAddress, _ acceptRollback: Bool) -> UpstreamReader {
    UpstreamReader(
      source: source, address: address, client: client, blobs: blobs, keeping: keeping, known: known,
      floors: floors, acceptRollback: acceptRollback, now: now)
  }
}
