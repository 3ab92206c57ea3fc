/// Who a client is. All region controllers of one MAAS name it at the end of their agent
/// (`maas/3.6.0/17500-g.4d2e8a/7cbd…`), whatever address they have; other clients are their addresses.
///
/// Anybody can say so: it tells an operator's own machines apart, and proves nothing.
enum ClientIdentity {
  static func of(agent: String?, address: String) -> String { installation(in: agent).map { "maas:\($0)" } ?? address }

  /// The UUID of a MAAS.
  static func installation(in agent: String?) -> String? {
    guard let agent, agent.hasPrefix("maas/"), let last = agent.split(separator: "/").last else { return nil }
    let groups = last.lowercased().split(separator: "-", omittingEmptySubsequences: false)
    guard groups.map(\.utf8.count) == [8, 4, 4, 4, 12] else { return nil }
    let isHex = groups.joined().utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    return isHex ? last.lowercased() : nil
  }
}
