import GRDB
package import Simplestreams

/// Which client took which image version when. A database of its own: the server writes it, and may write nothing else of
/// the data folder; the catalog is the sync's.
package final class ClientHistory: Sendable {
  /// A client's name can be made up, as an address of IPv6 can: above this number those who took least are forgotten.
  package static let clientLimit = 10_000
  /// Of one address, such as that of a proxy in front of regions: those who come above it are not written down.
  package static let addressLimit = 100

  private let queue: DatabaseQueue
  private let path: String
  private let limit: Int
  private let addressLimit: Int

  package init(
    path: String, readOnly: Bool = false, limit: Int = ClientHistory.clientLimit,
    addressLimit: Int = ClientHistory.addressLimit
  ) throws(CatalogError) {
    self.path = path
    self.limit = limit
    self.addressLimit = addressLimit
    do throws(CatalogError) {
      queue = try CatalogFile.open(path, readOnly: readOnly, Self.migrations)
    } catch {
      throw Self.failure(error, path, isWriter: true)
    }
  }

  /// Writes down what happened, all of it or nothing.
  ///
  /// - Parameter passersBy: by address, the time of requests that do not say who asks. Whoever was last seen there lives.
  /// - Returns: how many clients were too many.
  @discardableResult
  package func record(
    _ sightings: [ClientSighting], _ takes: [ClientTake], passersBy: [String: Int64] = [:]
  ) throws(CatalogError) -> Int {
    do {
      return try queue.write { database in
        var strangers: Set<String> = []
        // Once: it reads through what all clients took.
        if try KnownClient.fetchCount(database) >= limit, try sightings.contains(where: { try isNew($0, database) }) {
          try forgetTheLeast(in: database)
        }
        for sighting in sightings where try !note(sighting, in: database) { strangers.insert(sighting.client) }
        for (address, time) in passersBy {
          try database.execute(
            sql: "UPDATE client SET lastSeen = max(lastSeen, ?) WHERE address = ?", arguments: [time, address])
        }
        let known = takes.filter { !strangers.contains($0.client) }
        // First all files: a version is counted when the last of them is there.
        for take in known where take.complete > 0 { try hold(take, in: database) }
        for take in known { try add(take, in: database) }
        try list(known, in: database)
        return strangers.count
      }
    } catch {
      throw Self.failure(error, path, isWriter: true)
    }
  }

  private func note(_ sighting: ClientSighting, in database: Database) throws -> Bool {
    if try isNew(sighting, database) {
      let neighbours = KnownClient.filter(Column("address") == sighting.address)
      if try neighbours.fetchCount(database) >= addressLimit { return false }
      if try KnownClient.fetchCount(database) >= limit { return false }
    }
    try database.execute(
      sql: """
        INSERT INTO client (id, address, agent, firstSeen, lastSeen) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET address = excluded.address, agent = coalesce(excluded.agent, agent),
          lastSeen = max(lastSeen, excluded.lastSeen)
        """,
      arguments: [sighting.client, sighting.address, sighting.agent, sighting.time, sighting.time])
    return true
  }

  private func isNew(_ sighting: ClientSighting, _ database: Database) throws -> Bool {
    try Bool.fetchOne(
      database, sql: "SELECT NOT EXISTS(SELECT 1 FROM client WHERE id = ?)", arguments: [sighting.client]) ?? true
  }

  /// Makes room. Whoever makes names up would have to take as much with each of them as a region does.
  private func forgetTheLeast(in database: Database) throws {
    try database.execute(
      sql: """
        DELETE FROM client WHERE id IN (SELECT id FROM client LEFT JOIN taken ON taken.client = client.id
          GROUP BY id ORDER BY total(taken.bytes), client.lastSeen LIMIT ?)
        """, arguments: [max(1, limit / 100)])
    for table in ["taken", "held"] {
      try database.execute(sql: "DELETE FROM \(table) WHERE client NOT IN (SELECT id FROM client)")
    }
  }

  private func hold(_ take: ClientTake, in database: Database) throws {
    try database.execute(
      sql: """
        INSERT INTO held (client, sha256, lastSeen) VALUES (?, ?, ?)
        ON CONFLICT (client, sha256) DO UPDATE SET lastSeen = max(lastSeen, excluded.lastSeen)
        """,
      arguments: [take.client, take.file.hex, take.time])
  }

  private func add(_ take: ClientTake, in database: Database) throws {
    let image = take.image
    let marks = image.files.map { _ in "?" }.joined(separator: ",")
    let held = try Int.fetchOne(
      database, sql: "SELECT count(*) FROM held WHERE client = ? AND sha256 IN (\(marks))",
      arguments: StatementArguments([take.client] + image.files.map(\.hex)))
    try database.execute(
      sql: """
        INSERT INTO taken (client, publication, product, version, release, architecture, files, held, complete,
          incomplete, bytes, firstSeen, lastSeen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (client, publication, product, version) DO UPDATE SET files = excluded.files, held = excluded.held,
          complete = complete + excluded.complete, incomplete = incomplete + excluded.incomplete,
          bytes = bytes + excluded.bytes, lastSeen = max(lastSeen, excluded.lastSeen)
        """,
      arguments: [
        take.client, take.publication, image.product, image.version, image.release, image.architecture,
        image.files.count, held ?? 0, take.complete, take.incomplete, take.bytes, take.time, take.time,
      ])
  }

  /// What each version is made of, also when no tree has it any more. Its rows are as old as its last take, and so live as long
  /// as the last client's.
  private func list(_ takes: [ClientTake], in database: Database) throws {
    let newest = Dictionary(takes.map { (PublishedVersion($0), $0) }) { $0.time > $1.time ? $0 : $1 }
    for (version, take) in newest {
      let name = StatementArguments([version.publication, version.product, version.version])
      let known = try Row.fetchAll(
        database, sql: "SELECT sha256, lastSeen FROM file WHERE publication = ? AND product = ? AND version = ?",
        arguments: name)
      // Of an answer that was told late.
      if known.contains(where: { $0["lastSeen"] > take.time }) { continue }
      let files = Set(take.image.files.map(\.hex))
      if Set(known.map { $0["sha256"] as String }) == files {
        try database.execute(
          sql: "UPDATE file SET lastSeen = ? WHERE publication = ? AND product = ? AND version = ?",
          arguments: [take.time] + name)
        continue
      }
      // The same name was given to other files.
      try database.execute(
        sql: "DELETE FROM file WHERE publication = ? AND product = ? AND version = ?", arguments: name)
      for file in files {
        try database.execute(
          sql: "INSERT INTO file (publication, product, version, sha256, lastSeen) VALUES (?, ?, ?, ?, ?)",
          arguments: name + [file, take.time])
      }
    }
  }

  /// Forgets what was last seen before that time.
  package func forget(before time: Int64) throws(CatalogError) {
    do {
      try queue.write { database in
        for table in ["taken", "held", "client", "file"] {
          try database.execute(sql: "DELETE FROM \(table) WHERE lastSeen < ?", arguments: [time])
        }
      }
    } catch {
      throw Self.failure(error, path, isWriter: true)
    }
  }

  /// The last seen first.
  package func clients() throws(CatalogError) -> [KnownClient] {
    try read { try KnownClient.order(Column("lastSeen").desc, Column("id")).fetchAll($0) }
  }

  package func taken(by client: String) throws(CatalogError) -> [TakenVersion] {
    try read {
      try TakenVersion.filter(Column("client") == client)
        .order(Column("publication"), Column("release"), Column("architecture"), Column("product"), Column("version"))
        .fetchAll($0)
    }
  }

  /// The files that a client got whole.
  package func held(by client: String) throws(CatalogError) -> Set<SHA256Digest> {
    let names = try read {
      try String.fetchAll($0, sql: "SELECT sha256 FROM held WHERE client = ?", arguments: [client])
    }
    return Set(names.compactMap { SHA256Digest(hex: $0) })
  }

  /// The files of every version that was taken.
  package func files() throws(CatalogError) -> [PublishedVersion: Set<SHA256Digest>] {
    try read { database in
      // Until a server of this version has written something down.
      guard try database.tableExists("file") else { return [:] }
      var files: [PublishedVersion: Set<SHA256Digest>] = [:]
      let rows = try Row.fetchCursor(database, sql: "SELECT publication, product, version, sha256 FROM file")
      while let row = try rows.next() {
        guard let file = SHA256Digest(hex: row["sha256"] as String) else { continue }
        let version = PublishedVersion(
          publication: row["publication"], product: row["product"], version: row["version"])
        files[version, default: []].insert(file)
      }
      return files
    }
  }

  private func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) throws(CatalogError) -> Value {
    do { return try queue.read(body) } catch { throw Self.failure(error, path, isWriter: false) }
  }

  private static func failure(_ error: any Error, _ path: String, isWriter: Bool) -> CatalogError {
    let failure = CatalogError(error, path: path, isWriter: isWriter)
    return if case .damaged = failure { .damagedHistory(path: path) } else { failure }
  }

  private static var migrations: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.create(table: "client") { table in
        table.primaryKey("id", .text)
        table.column("address", .text).notNull().indexed()
        table.column("agent", .text)
        table.column("firstSeen", .integer).notNull()
        table.column("lastSeen", .integer).notNull()
      }
      try database.create(table: "taken", options: .withoutRowID) { table in
        for name in ["client", "publication", "product", "version"] { table.column(name, .text).notNull() }
        for name in ["release", "architecture"] { table.column(name, .text).notNull() }
        for name in ["files", "held", "complete", "incomplete", "bytes", "firstSeen", "lastSeen"] {
          table.column(name, .integer).notNull()
        }
        table.primaryKey(["client", "publication", "product", "version"])
      }
      try database.create(table: "held", options: .withoutRowID) { table in
        table.column("client", .text).notNull()
        table.column("sha256", .text).notNull()
        table.column("lastSeen", .integer).notNull()
        table.primaryKey(["client", "sha256"])
      }
    }
    migrator.registerMigration("2") { database in
      try database.create(table: "file", options: .withoutRowID) { table in
        for name in ["publication", "product", "version", "sha256"] { table.column(name, .text).notNull() }
        table.column("lastSeen", .integer).notNull()
        table.primaryKey(["publication", "product", "version", "sha256"])
      }
    }
    return migrator
  }
}
