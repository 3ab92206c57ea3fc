import Testing

@testable import Serving

/// What a reload does with the sockets that are open.
@Suite struct DoorPlanTests {
  private func address(_ host: String, _ port: Int, _ isTLS: Bool = false) -> ListenAddress {
    ListenAddress(host: host, port: port, isTLS: isTLS)
  }

  @Test func whatIsTheSameStaysAndTheRestFollows() {
    let plan = DoorPlan(
      open: [address("127.0.0.1", 80), address("127.0.0.1", 81)],
      wanted: [address("127.0.0.1", 82), address("127.0.0.1", 80)])
    #expect(plan.reused == [nil, 0])
    #expect(plan.left == [1] && plan.shared == [])
  }

  /// `0.0.0.0:80` cannot be opened while something else has port 80 for itself.
  @Test func whatHasThePortOfANewOneSharesIt() {
    let plan = DoorPlan(
      open: [address("127.0.0.1", 80), address("127.0.0.1", 81)], wanted: [address("0.0.0.0", 80)])
    #expect(plan.reused == [nil])
    #expect(plan.shared == [0] && plan.left == [0, 1])
  }

  @Test func anIPv6SocketThatTakesIPv4SharesItsPortWithOneThatDoesNot() {
    let plan = DoorPlan(open: [address("::", 80)], wanted: [address("::", 80), address("0.0.0.0", 80)])
    #expect(plan.reused == [nil, nil] && plan.shared == [0])
    // The other one never took IPv4.
    let back = DoorPlan(open: [address("::", 80), address("0.0.0.0", 80)], wanted: [address("::", 80)])
    #expect(back.reused == [nil] && back.shared == [0, 1])
  }

  @Test func aSocketLearnsToSpeakTLSWhereNoOtherAlreadyDoes() {
    let plan = DoorPlan(open: [address("a", 80)], wanted: [address("a", 80, true)])
    #expect(plan.reused == [0] && plan.left == [] && plan.shared == [])
    // Two of port 0 are told apart by what they speak.
    let both = DoorPlan(open: [address("a", 0), address("a", 0, true)], wanted: [address("a", 0, true)])
    #expect(both.reused == [1] && both.left == [0])
    let swapped = DoorPlan(
      open: [address("a", 0), address("a", 0, true)], wanted: [address("a", 0, true), address("a", 0)])
    #expect(swapped.reused == [1, 0])
  }

  @Test func oneSocketIsNotReusedTwice() {
    let plan = DoorPlan(open: [address("a", 0)], wanted: [address("a", 0), address("a", 0)])
    #expect(plan.reused == [0, nil])
  }
}
