import Foundation
import Simplestreams
import TestSupport
import Testing

/// What breaks every region that reads upstream's documents as they are.
@Suite struct UpstreamGateTests {
  /// The rule must not stand in the way of what regions take every day.
  @Test func theRealStreamsPass() throws {
    guard let folder = Needed.realStream(for: "the gate for upstream's own documents") else { return }
    for name in ["ubuntu", "centos", "bootloaders"] {
      let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/simplestreams_\(name).json"))
      let faults = Gate.check(try ProductsFile(asWritten: Array(bytes))).filter { !$0.isPassedOver }
      #expect(faults.isEmpty, "\(name): \(faults.prefix(3))")
    }
  }
}
