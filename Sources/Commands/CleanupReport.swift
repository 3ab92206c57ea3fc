import Mirroring
import OrderedCollections
import Simplestreams
import Storage

/// What a clean-up removed, or would remove, for people and for programs.
struct CleanupReport {
  enum State: String { case done, dryRun = "dry_run", refused }

  let plan: CleanupPlan
  let state: State

  private var counts: [(kind: String, count: Int, bytes: Int64?)] {
    let leftovers = Leftover.Kind.allCases.map { kind in
      let all = plan.leftovers.filter { $0.kind == kind }
      return (kind.rawValue, all.count, Int64?.some(all.reduce(0) { $0 + $1.size }))
    }
    return [
      ("blobs", plan.blobs.count, plan.bytes), ("snapshots", plan.snapshots.count, nil), ("states", plan.states, nil),
    ] + leftovers
  }

  /// One of them, and several.
  private static let names = [
    "blobs": ("blob", "blobs"), "snapshots": ("snapshot", "snapshots"),
    "states": ("state of a publication", "states of publications"),
    "partial": ("broken-off download", "broken-off downloads"),
    "quarantined": ("blob in quarantine", "blobs in quarantine"), "damaged": ("damaged record", "damaged records"),
  ]

  private static func text(_ count: Int, _ kind: String) -> String {
    let (one, several) = names[kind] ?? (kind, kind)
    return "\(count) \(count == 1 ? one : several)"
  }

  var text: String {
    let verb = state == .done ? "removed" : state == .dryRun ? "would remove" : "not removed"
    if plan.isEmpty { return (["nothing to remove; \(kept)"] + notes).joined(separator: "\n") }
    let rows = counts.filter { $0.count > 0 }.map { kind, count, bytes in
      "  \(Self.text(count, kind))\(bytes.map { ", \(Bytes.text($0))" } ?? "")"
    }
    return (["\(verb):"] + rows + ["\(kept)"] + notes).joined(separator: "\n")
  }

  /// One line, for behind a sync; `nil` when there is nothing to say.
  var line: String? {
    let rows = counts.filter { $0.count > 0 }.map { Self.text($0.count, $0.kind) }
    return rows.isEmpty ? nil : "clean-up: removed \(rows.joined(separator: ", ")); \(Bytes.text(plan.freed)) freed"
  }

  private var kept: String { "\(plan.keptBlobs) blobs, \(Bytes.text(plan.keptBytes)) stay" }

  private var notes: [String] {
    var notes = plan.strangers.map { source in
      plan.forgotten.contains(source)
        ? "a snapshot of “\(source)” stays for now: it is published, or regions may still fetch what was; a later clean-up removes it"
        : "source “\(source)” is not in mirror.conf; its snapshot stays until “maas-mirror gc --forget \(source)”, or while it is "
          + "published"
    }
    if !plan.unfinished.isEmpty {
      let bytes = plan.unfinished.reduce(0) { $0 + $1.size }
      notes.append(
        "\(Self.text(plan.unfinished.count, "blobs")), \(Bytes.text(bytes)), of a sync that did not end stay for the next one, "
          + "for keep_leftovers of [gc] at most")
    }
    if let time = plan.heldUntil {
      notes.append(
        "no blob is removed before \(Timestamp(seconds: time).iso): a snapshot, or a publication's record or tree, was damaged, "
          + "and what it named is due to regions until then")
    }
    return notes + damage
  }

  /// What the next run does not mend.
  var damage: [String] {
    plan.damaged.map {
      "\($0); “maas-mirror publish” makes it anew while it is in mirror.conf, and “maas-mirror publish --remove” ends it"
    } + plan.damagedSnapshots.map { "snapshot \($0.short) was damaged, and is in quarantine now" }
  }

  var json: JSONValue {
    var removed = JSONObject()
    for (kind, count, bytes) in counts {
      var object: JSONObject = ["count": .count(count)]
      if let bytes { object["bytes"] = .number(bytes) }
      removed[kind] = .object(object)
    }
    return .object([
      "state": .string(state.rawValue), "removed": .object(removed), "freed_bytes": .number(plan.freed),
      "kept_blobs": .count(plan.keptBlobs), "kept_bytes": .number(plan.keptBytes),
      "notes": .array(notes.map(JSONValue.string)),
    ])
  }
}
