import Testing

@testable import Serving

@Suite struct ClientIdentityTests {
  private static let uuid = "0f2c7b1e-9a4d-4c51-8e0a-6d1f0b5a3c99"

  @Test(arguments: ["maas/3.6.0/17500-g.4d2e8a/\(uuid)", "maas/3.8.0//\(uuid)", "maas/2.9/g.1/\(uuid.uppercased())"])
  func aMAASIsOneClientWhateverItsAddress(agent: String) {
    #expect(ClientIdentity.of(agent: agent, address: "192.0.2.1") == "maas:\(Self.uuid)")
  }

  @Test(arguments: [
    nil, "", "maas/3.6.0/17500-g.4d2e8a", "curl/8.0", "\(uuid)", "curl/\(uuid)", "maas/3.6/\(uuid)x", "maas/",
    "maas/3.6/0f2c7b1e-9a4d-4c51-8e0a-6d1f0b5a3c9g", "maas/3.6/0f2c7b1e-9a4d-4c51-8e0a",
  ])
  func everybodyElseIsAnAddress(agent: String?) {
    #expect(ClientIdentity.of(agent: agent, address: "192.0.2.1") == "192.0.2.1")
  }
}
