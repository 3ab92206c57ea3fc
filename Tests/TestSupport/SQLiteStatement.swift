/// Changes a database behind the back of the program under test: as damage does, or an older version did.
package enum SQLiteStatement {
  package struct Failed: Error { package var errors: String }

  /// - Returns: `false` where there is nobody to run it; the output says so.
  package static func run(_ statement: String, in path: String) throws -> Bool {
    guard let python = Needed.program("python3", for: "a catalog with damaged rows") else { return false }
    let script = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()"
    let run = try ProcessRun.run(python, ["-c", script, path, statement])
    if run.code != 0 { throw Failed(errors: run.errors) }
    return true
  }
}
