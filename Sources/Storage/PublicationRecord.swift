package import Simplestreams

/// What a publication points at, and what it pointed at before.
package struct PublicationRecord: Codable, Sendable, Equatable {
  package static let currentFormat = "maas-mirror-publication:1"

  package var format = PublicationRecord.currentFormat
  package var path: PublicationPath
  package var current: State
  /// Newest first. What was replaced within the grace period is still served.
  package var history: [State]

  package struct State: Codable, Sendable, Equatable {
    package var number: Int
    package var tree: SHA256Digest
    /// Seconds since 1970.
    package var publishedAt: Int64
    package var replacedAt: Int64?

    package init(number: Int, tree: SHA256Digest, publishedAt: Int64, replacedAt: Int64? = nil) {
      self.number = number
      self.tree = tree
      self.publishedAt = publishedAt
      self.replacedAt = replacedAt
    }
  }

  package init(path: PublicationPath, current: State, history: [State] = []) {
    self.path = path
    self.current = current
    self.history = history
  }

  /// The record after a switch to another tree. The time never goes back, whatever the clock does, unless it is known that the
  /// clock was ahead.
  package func switched(to tree: SHA256Digest, at time: Int64, goingBack: Bool = false) -> PublicationRecord {
    let time = goingBack ? time : max(time, current.publishedAt + 1)
    var replaced = current
    replaced.replacedAt = time
    let next = State(number: current.number + 1, tree: tree, publishedAt: time)
    return PublicationRecord(path: path, current: next, history: [replaced] + history)
  }

  /// The record with only those replaced states that `isKept` says.
  package func keeping(_ isKept: (State) -> Bool) -> PublicationRecord {
    PublicationRecord(path: path, current: current, history: history.filter(isKept))
  }

  /// The trees whose paths must still be there: what was replaced less than `grace` seconds ago.
  package func withinGrace(_ grace: Int64, at now: Int64) -> [State] {
    history.filter { state in state.replacedAt.map { now < $0 + grace } ?? false }
  }
}
