import Mirroring
import OrderedCollections
import Simplestreams
import Synchronization

extension ScrubReport {
  var text: String {
    var lines = faults.map { fault in
      let name = fault.kind == .missing ? "gone    " : "damaged "
      let need = fault.neededBy.map { "needed by \($0)" } ?? "nothing needs it"
      let mended = fault.isRepaired ? "; REPAIRED" : fault.repairFailure.map { "; not repaired: \($0)" } ?? ""
      return "\(name) \(fault.digest): \(fault.reason); \(need)\(mended)"
    }
    lines += unreadable.map { "damaged  \($0)" }
    lines += notes.map { "note     \($0)" }
    lines.append(
      "\(checked) blobs, \(Bytes.text(bytes)) read, \(count(.damaged)) damaged, \(count(.missing)) gone"
        + (faults.contains(where: \.isRepaired) ? ", \(faults.count { $0.isRepaired }) repaired" : ""))
    if left > 0 { lines.append("\(left) blobs, \(Bytes.text(leftBytes)) are left for the next time") }
    return lines.joined(separator: "\n")
  }

  private func count(_ kind: Fault.Kind) -> Int { faults.count { $0.kind == kind } }

  var json: JSONValue {
    .object([
      "checked": .count(checked), "bytes": .number(bytes), "left": .count(left), "left_bytes": .number(leftBytes),
      "oldest_check": .time(oldestCheck), "damaged": list(.damaged), "missing": list(.missing),
      "unreadable": .array(unreadable.map(JSONValue.string)), "notes": .array(notes.map(JSONValue.string)),
    ])
  }

  private func list(_ kind: Fault.Kind) -> JSONValue {
    .array(
      faults.filter { $0.kind == kind }.map { fault in
        .object([
          "blob": .string(fault.digest.hex), "reason": .string(fault.reason), "needed_by": .text(fault.neededBy),
          "repaired": .bool(fault.isRepaired), "repair_failure": .text(fault.repairFailure),
        ])
      })
  }
}

/// Shows how far a reading of the store is, now and then.
final class VerifyDisplay: Sendable {
  private let isQuiet: Bool
  private let state = Mutex((shown: ContinuousClock.now, faults: 0))

  init(isQuiet: Bool) { self.isQuiet = isQuiet }

  func show(_ report: ScrubReport) {
    let (news, isDue) = state.withLock { state in
      let news = report.faults.suffix(max(0, report.faults.count - state.faults))
      let isDue = ContinuousClock.now - state.shown > .seconds(10)
      if isDue { state.shown = .now }
      state.faults = report.faults.count
      return (news, isDue)
    }
    for fault in news { Console.note("moved \(fault.digest) to quarantine: \(fault.reason)") }
    if isDue, !isQuiet { Console.note("\(report.checked) blobs, \(Bytes.text(report.bytes)) read") }
  }

  static func tell(_ event: SyncEvent) {
    switch event {
    case .fetched(let path, let size): Console.note("fetched \(path), \(Bytes.text(size))")
    case .note(let text): Console.note(text)
    default: break
    }
  }
}
