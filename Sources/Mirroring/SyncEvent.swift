package import Simplestreams
package import Storage

/// What happens during a sync, for whoever shows it.
package enum SyncEvent: Sendable {
  case reading(source: String)
  case planned(Plan)
  case fetched(TreePath, size: Int64)
  case failed(TreePath, reason: String)
  case note(String)
  case retrying(what: String, reason: String, seconds: Double)
  case snapshot(SnapshotID, Snapshot)
}
