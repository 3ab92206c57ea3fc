import GRDB

/// How large the store was on each day, for who wants to know when the disk will be full.
extension CatalogDatabase {
  package struct StoreSize: Sendable, Equatable {
    /// Days since 1970-01-01, UTC.
    package var day: Int64
    package var bytes: Int64

    package init(day: Int64, bytes: Int64) {
      self.day = day
      self.bytes = bytes
    }
  }

  /// The last of a day counts.
  package func note(_ size: StoreSize) throws(CatalogError) {
    try write { database in
      try database.execute(
        sql: "INSERT INTO storeSize VALUES (?, ?) ON CONFLICT (day) DO UPDATE SET bytes = excluded.bytes",
        arguments: [size.day, size.bytes])
      // Two years are more than anybody looks at. Counted, and not reckoned back from a day that a wrong clock may have made up.
      try database.execute(
        sql: "DELETE FROM storeSize WHERE day NOT IN (SELECT day FROM storeSize ORDER BY day DESC LIMIT 731)")
    }
  }

  /// From the first day to the last.
  package func storeSizes() throws(CatalogError) -> [StoreSize] {
    try read { database in
      try Row.fetchAll(database, sql: "SELECT day, bytes FROM storeSize ORDER BY day").map {
        StoreSize(day: $0["day"], bytes: $0["bytes"])
      }
    }
  }
}
