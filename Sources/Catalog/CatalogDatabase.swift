import GRDB

/// The SQLite index over what the store holds, and the history of what was done. Never the truth: it can be deleted.
package final class CatalogDatabase: Sendable {
  private let queue: DatabaseQueue
  private let path: String
  private let isWriter: Bool

  /// Opens or makes the catalog. Readers need `readOnly`, so that looking at a mirror changes nothing; a writer finds
  /// out about damage here rather than in the middle of its work.
  package init(path: String, readOnly: Bool = false) throws(CatalogError) {
    self.path = path
    isWriter = !readOnly
    queue = try CatalogFile.open(path, readOnly: readOnly, Self.migrations)
    try read { try CatalogReading.check($0) }
  }

  /// One that lives as long as this object does.
  package init() throws(CatalogError) {
    path = "a catalog in memory"
    isWriter = false
    do {
      queue = try DatabaseQueue()
      try Self.migrations.migrate(queue)
    } catch {
      throw CatalogError(error, path: path, isWriter: false)
    }
  }

  package func state(of source: String) throws(CatalogError) -> SourceState? {
    try read { try SourceState.fetchOne($0, key: source) }
  }

  package func states() throws(CatalogError) -> [SourceState] {
    try read { try SourceState.fetchAll($0) }
  }

  package func save(_ state: SourceState) throws(CatalogError) {
    try write { try state.upsert($0) }
  }

  package func add(_ run: SyncRun) throws(CatalogError) {
    try write { try run.insert($0) }
  }

  /// Newest first.
  package func runs(of source: String, limit: Int) throws(CatalogError) -> [SyncRun] {
    try read {
      try SyncRun.filter(Column("source") == source).order(Column("id").desc).limit(limit).fetchAll($0)
    }
  }

  package func add(_ snapshot: SnapshotRow) throws(CatalogError) {
    try write { try snapshot.upsert($0) }
  }

  /// Newest first; of one source, or of all.
  package func snapshots(of source: String? = nil) throws(CatalogError) -> [SnapshotRow] {
    try read { database in
      let all = SnapshotRow.order(Column("source"), Column("sequence").desc)
      return try (source.map { all.filter(Column("source") == $0) } ?? all).fetchAll(database)
    }
  }

  /// Forgets the snapshots that are not among these.
  package func keepSnapshots(_ ids: [String]) throws(CatalogError) {
    try write { _ = try SnapshotRow.filter(!ids.contains(Column("id"))).deleteAll($0) }
  }

  /// Forgets a source: its state, not its history.
  package func forget(_ source: String) throws(CatalogError) {
    try write { _ = try SourceState.deleteOne($0, key: source) }
  }

  func read<Value: Sendable>(_ body: @Sendable (Database) throws -> Value) throws(CatalogError) -> Value {
    do { return try queue.read(body) } catch { throw CatalogError(error, path: path, isWriter: isWriter) }
  }

  func write(_ body: @Sendable (Database) throws -> Void) throws(CatalogError) {
    do { try queue.write(body) } catch { throw CatalogError(error, path: path, isWriter: isWriter) }
  }

  private static var migrations: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { database in
      try database.create(table: "source") { table in
        table.primaryKey("source", .text)
        table.column("settings", .text).notNull()
        table.column("lastAttempt", .integer)
        table.column("lastGood", .integer)
        table.column("outcome", .text).notNull()
        table.column("snapshot", .text)
        table.column("documents", .jsonText).notNull()
      }
      try database.create(table: "run") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("source", .text).notNull().indexed()
        table.column("started", .integer).notNull()
        table.column("ended", .integer).notNull()
        table.column("outcome", .text).notNull()
        table.column("fetchedFiles", .integer).notNull()
        table.column("fetchedBytes", .integer).notNull()
        table.column("snapshot", .text)
      }
      try database.create(table: "snapshot") { table in
        table.primaryKey("id", .text)
        table.column("source", .text).notNull().indexed()
        table.column("sequence", .integer).notNull()
        table.column("created", .integer).notNull()
        table.column("files", .integer).notNull()
        table.column("bytes", .integer).notNull()
        table.column("missing", .integer).notNull()
      }
    }
    migrator.registerMigration("2") { database in
      try database.alter(table: "source") { $0.add(column: "floors", .jsonText).notNull().defaults(to: "{}") }
    }
    migrator.registerMigration("3") { database in
      try database.alter(table: "source") { $0.add(column: "url", .text) }
    }
    migrator.registerMigration("4") { database in
      try database.create(table: "blobCheck") { table in
        table.primaryKey("blob", .text)
        table.column("checked", .integer).notNull()
      }
    }
    migrator.registerMigration("5") { database in
      try database.create(table: "storeSize") { table in
        table.primaryKey("day", .integer)
        table.column("bytes", .integer).notNull()
      }
    }
    return migrator
  }
}
