import GRDB

/// When each blob was last read through, for who goes on with those that waited longest.
extension CatalogDatabase {
  /// By hash, in hexadecimal digits.
  package func blobChecks() throws(CatalogError) -> [String: Int64] {
    try read { database in
      let rows = try Row.fetchAll(database, sql: "SELECT blob, checked FROM blobCheck")
      return Dictionary(uniqueKeysWithValues: rows.map { ($0["blob"], $0["checked"]) })
    }
  }

  package func noteChecks(_ checks: [(blob: String, time: Int64)]) throws(CatalogError) {
    try write { database in
      let statement = try database.makeStatement(
        sql: "INSERT INTO blobCheck VALUES (?, ?) ON CONFLICT (blob) DO UPDATE SET checked = excluded.checked")
      for check in checks { try statement.execute(arguments: [check.blob, check.time]) }
    }
  }

  package func forgetChecks(of blobs: [String]) throws(CatalogError) {
    try write { database in
      let statement = try database.makeStatement(sql: "DELETE FROM blobCheck WHERE blob = ?")
      for blob in blobs { try statement.execute(arguments: [blob]) }
    }
  }
}
