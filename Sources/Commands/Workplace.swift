import Catalog
import Glibc
import Mirroring
import OrderedCollections
import Settings
import Simplestreams
import Storage
import Transfer
import Trust

/// Settings made into parts that work: the only place that wires them together.
struct Workplace {
  let settings: MirrorSettings
  let folder: DataFolder

  init(_ settings: MirrorSettings) {
    self.settings = settings
    // Messages outlive the folder that they were printed in.
    folder = DataFolder(root: DemoFolder.absolute(settings.data))
  }

  /// Opens the store for writing, under the lock, which lasts as long as the second value does.
  /// - Parameter seconds: for how long another writer may be waited for.
  func open(for purpose: String, waiting seconds: Int64 = 0) throws -> (store: MirrorStore, lock: WriterLock) {
    try requireNotLost()
    try folder.create()
    let lock = try WriterLock(folder, purpose: purpose, waiting: .seconds(seconds)) { holder in
      Console.note("waiting for another maas-mirror (\(holder)), \(Clock.age(seconds)) at most")
    }
    try lock.sweep(folder)
    let store = try MirrorStore(writing: folder, now: Clock.now(), tell: { Console.note($0) })
    try beginning.keep()
    return (store, lock)
  }

  var beginning: Beginning {
    // systemd.exec(5): the folders of StateDirectory=, with colons between them.
    let folders = getenv("STATE_DIRECTORY").map { String(cString: $0).split(separator: ":").map(String.init) } ?? []
    return Beginning(folder, configuration: DemoFolder.absolute(settings.file), stateFolders: folders)
  }

  /// Refuses a data folder whose disk seems not to be mounted, or in which a mirror was that is gone.
  func requireNotLost() throws {
    try folder.requireMounted()
    try beginning.requireStillThere()
  }

  /// The same for a mirror that is there already: what looks after one must not begin another on an empty mount point.
  func openExisting(for purpose: String) throws -> (store: MirrorStore, lock: WriterLock) {
    try requireNotLost()
    try FileBlobStore.requireBegun(folder)
    return try open(for: purpose)
  }

  /// For the clean-up, which must work where nothing else does any more: on a full disk SQLite cannot even begin. Then the
  /// catalog is read as far as that goes, or what the snapshots say is taken in its place, and `isWhole` is false.
  func openForCleanup() throws -> (store: MirrorStore, lock: WriterLock, isWhole: Bool) {
    do {
      let (store, lock) = try openExisting(for: "gc")
      return (store, lock, true)
    } catch let error as CatalogError {
      let lock = try WriterLock(folder, purpose: "gc")
      guard let store = try MirrorStore(reading: folder) else { throw error }
      Console.note("going on without the catalog: \(error)")
      return (store, lock, false)
    }
  }

  /// The sources by name; all of them when none is named.
  func sources(_ names: [String]) throws -> [SourceSettings] {
    if settings.sources.isEmpty {
      throw CommandFailure(
        code: ExitTable.configuration, message: "\(settings.file): no [[source]] is configured; add one")
    }
    return try Self.pick(names, from: settings.sources, name: \.name, what: "source", file: settings.file)
  }

  /// The same without those that come in bundles, which no sync reaches.
  func reachableSources(_ names: [String], isQuiet: Bool = false) throws -> [SourceSettings] {
    let chosen = try sources(names)
    for source in chosen where source.isCarried {
      if names.isEmpty { continue }
      throw CommandFailure(
        code: ExitTable.usage,
        message: "“\(source.name)” comes in bundles (carried = true in \(settings.file)); use “maas-mirror import”")
    }
    let reachable = chosen.filter { !$0.isCarried }
    if reachable.count < chosen.count, !isQuiet {
      let names = chosen.filter(\.isCarried).map(\.name).joined(separator: ", ")
      Console.note("\(names): left to “maas-mirror import” (carried = true)")
    }
    return reachable
  }

  func publications(_ paths: [String]) throws -> [PublicationSettings] {
    try Self.pick(
      paths.map(\.trimmingSlashes), from: settings.publications, name: \.path,
      what: "publication", file: settings.file)
  }

  private static func pick<Element>(
    _ names: [String], from all: [Element], name: (Element) -> String, what: String, file: String
  ) throws -> [Element] {
    try names.isEmpty
      ? all
      // One that is named twice is meant once.
      : OrderedSet(names).map { wanted in
        guard let found = all.first(where: { name($0) == wanted }) else {
          throw CommandFailure(
            code: ExitTable.usage,
            message: "there is no \(what) “\(wanted)” in \(file); there is: \(all.map(name).joined(separator: ", "))")
        }
        return found
      }
  }

  func source(_ settings: SourceSettings) throws -> Source {
    let rules = settings.select.map { rule in
      Selection.Rule(rule.conditions.map { ($0.attribute, $0.globs.map { Glob($0) }) })
    }
    let keyring = try settings.keyring.map { path in
      try SourceKeyring(
        path: path, policy: TrustPolicy(allowExpiredKeys: settings.sync.allowExpiredKeys),
        temporaryFolder: Self.temporaryFolder)
    }
    let selectionKey = settings.select.map { rule in
      rule.conditions.map { "\($0.attribute)=\($0.globs)" }.joined(separator: "&")
    }
    let wantsAllForms = self.settings.publications.contains {
      $0.signed == .upstream && $0.sources.contains(settings.name)
    }
    var source = Source(
      name: settings.name, addresses: try settings.urls.map { try TreeAddress($0.unredacted) }, keyring: keyring,
      selection: Selection(rules: rules, bootloaders: settings.bootloaders, keep: settings.keep),
      selectionKey: "\(selectionKey) \(settings.bootloaders) \(settings.keep)\(wantsAllForms ? " all forms" : "")",
      connections: settings.sync.connections,
      minFree: settings.sync.minFree, wantsAllForms: wantsAllForms)
    source.maxRemoval = settings.limits.maxRemoval
    source.maxAge = settings.limits.maxAge
    return source
  }

  func client(
    _ settings: SourceSettings, onRetry: RetryingClient.Notice? = nil
  ) throws -> (client: any HTTPClient, close: @Sendable () -> Void) {
    let curl = CurlClient(
      CurlClient.Options(
        connections: settings.sync.connections, proxy: try settings.sync.proxy.map { try RemoteURL($0.unredacted) },
        rateLimit: settings.sync.rateLimit, stallSeconds: Int(settings.sync.stall), minimumRate: settings.sync.minRate,
        redirectPolicy: RedirectPolicy(
          hosts: settings.sync.allowRedirectsTo.map { Glob($0) }, allowsPrivate: settings.sync.privateRedirects),
        userAgent: "maas-mirror/\(Program.version)", certificateAuthorities: settings.sync.ca,
        // Hashing and writing happen on the transfer's threads: one is full at about 0.7 GB/s.
        threads: min(2, settings.sync.connections)))
    let policy = RetryPolicy(attempts: settings.sync.retries + 1)
    return (RetryingClient(curl, policy: policy, onRetry: onRetry), { curl.close() })
  }

  func publication(_ settings: PublicationSettings) throws -> Publication {
    guard let path = PublicationPath(settings.path) else {
      throw CommandFailure(code: ExitTable.configuration, message: "“\(settings.path)” is not a publication path")
    }
    return Publication(path: path, sources: settings.sources, signed: settings.signed == .local ? .local : .upstream)
  }

  var keysHome: String { settings.signing.home ?? folder.keys }

  func signingHome(create: Bool) throws -> SigningHome {
    if create {
      try requireNotLost()
      try folder.create()
    }
    return try SigningHome(path: keysHome, create: create)
  }

  /// The key that publications are signed with; `nil` when none was made yet.
  func signer() throws -> LocalSigner? {
    guard access(keysHome, F_OK) == 0 else { return nil }
    return try LocalSigner.namingTheDisk(of: keysHome) {
      let home = try SigningHome(path: keysHome, create: false)
      let named = settings.signing.key.flatMap { Fingerprint($0) }
      guard let key = try home.signingKey(named: named) else { return nil }
      // A home of somebody else's may hold keys that have nothing to do with images.
      let all = settings.signing.home == nil ? try home.secretKeys().filter { !$0.isRevoked } : []
      let trusted = [key] + all.filter { $0.fingerprint != key.fingerprint }
      for key in trusted { try LocalSigner.require(key, madeBefore: Clock.now()) }
      return LocalSigner(
        home: home, key: key.fingerprint, trusted: trusted.map(\.fingerprint), expires: key.expires)
    }
  }

  static var temporaryFolder: String {
    getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
  }
}

extension String {
  /// A publication is also known as it stands in a URL.
  var trimmingSlashes: String {
    String(drop { $0 == "/" }.reversed().drop { $0 == "/" }.reversed())
  }
}
