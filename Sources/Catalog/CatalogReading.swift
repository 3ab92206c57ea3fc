import GRDB

/// Whether a database that SQLite finds whole says something: one flipped bit in a row passes every check of its pages, and
/// would stop each run at the same place, or pass for a number.
enum CatalogReading {
  private static let tables = ["source", "run", "snapshot", "blobCheck", "storeSize"]
  private static let sizes: Set<String> = ["bytes", "fetchedBytes"]
  /// The year 9999, in seconds; no count comes near it.
  private static let latest: Int64 = 253_402_300_799
  private static let largest: Int64 = 1 << 60

  struct Unreadable: Error {}

  /// Throws at the first table or row that cannot be used.
  static func check(_ database: Database) throws {
    for table in tables {
      let faults = try database.columns(in: table).map { fault(in: $0) }
      let bad = try Bool.fetchOne(
        database, sql: "SELECT EXISTS(SELECT 1 FROM \(table) WHERE \(faults.joined(separator: " OR ")))")
      if bad == true { throw Unreadable() }
    }
    // Its columns of JSON, and those that a table lacks.
    _ = try SourceState.fetchAll(database)
    _ = try SnapshotRow.fetchOne(database)
    _ = try SyncRun.fetchOne(database)
  }

  /// SQLite keeps any value in any column, and GRDB reads a word as 0.
  private static func fault(in column: ColumnInfo) -> String {
    let name = column.name
    let isNumber = column.type == "INTEGER"
    let limit = sizes.contains(name) ? largest : latest
    let wrong =
      isNumber
      ? "typeof(\(name)) != 'integer' OR \(name) NOT BETWEEN 0 AND \(limit)" : "typeof(\(name)) != 'text'"
    return "(\(name) IS NOT NULL AND (\(wrong)))\(column.isNotNull ? " OR \(name) IS NULL" : "")"
  }
}
