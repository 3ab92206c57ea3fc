import Glibc
import Simplestreams
import Testing

@testable import Transfer

@Suite struct RedirectPolicyTests {
  private static let publicPeer = NetworkAddress("91.189.91.38")
  private static let privatePeer = NetworkAddress("192.168.1.2")

  private func target(
    _ location: String?, from origin: String = "https://images.maas.io/a", peer: NetworkAddress? = publicPeer,
    policy: RedirectPolicy = RedirectPolicy()
  ) throws -> String {
    let origin = try RemoteURL(origin)
    var trail = RedirectTrail(origin, policy: policy, limit: 5)
    return try trail.next(from: origin, to: location, peer: peer).unredacted
  }

  private func refusal(
    _ location: String?, from origin: String = "https://images.maas.io/a", peer: NetworkAddress? = publicPeer,
    policy: RedirectPolicy = RedirectPolicy()
  ) throws -> RedirectRefusal? {
    do {
      _ = try target(location, from: origin, peer: peer, policy: policy)
      return nil
    } catch TransferError.redirectRefused(_, _, let reason) {
      return reason
    }
  }

  @Test(arguments: ["https://images.maas.io/b", "https://cdn.images.maas.io/b", "https://images.maas.io:8443/b?c=d"])
  func itsOwnHostAndThoseBelowItMayBeSentTo(location: String) throws { #expect(try target(location) == location) }

  @Test(arguments: [
    "https://maas.io/b", "https://evilimages.maas.io/b", "https://images.maas.io.evil.example/b",
    "https://evil.example/",
  ])
  func otherHostsMayNot(location: String) throws {
    #expect(try refusal(location) == .otherHost(try RemoteURL(location).host))
    let open = RedirectPolicy(hosts: [Glob("*")])
    #expect(try target(location, policy: open) == location)
  }

  @Test(arguments: [
    nil, "", "ftp://images.maas.io/", "file:///etc/passwd", "gopher://images.maas.io/", "https://a@b@c/",
  ])
  func whatIsNoAddressIsRefused(location: String?) throws { #expect(try refusal(location) == .notHTTP) }

  @Test func fromHTTPSNothingLeadsToHTTP() throws {
    #expect(try refusal("http://images.maas.io/b") == .insecure)
    #expect(try target("https://images.maas.io/b", from: "http://images.maas.io/a") == "https://images.maas.io/b")
  }

  @Test(arguments: ["http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/latest", "http://localhost/"])
  func aPublicSourceMayNotSendUsInside(location: String) throws {
    let open = RedirectPolicy(hosts: [Glob("*")])
    let origin = "http://images.maas.io/a"
    #expect(try refusal(location, from: origin, policy: open) == .privateAddress)
    #expect(try target(location, from: origin, peer: Self.privatePeer, policy: open) == location)
    let inside = RedirectPolicy(hosts: [Glob("*")], allowsPrivate: true)
    #expect(try target(location, from: origin, policy: inside) == location)
  }

  @Test func aSourceThatIsBehindAProxyCountsAsPublicUnlessItsAddressSaysOtherwise() throws {
    let open = RedirectPolicy(hosts: [Glob("*")])
    #expect(try refusal("http://10.0.0.1/", from: "http://a.example/", peer: nil, policy: open) == .privateAddress)
    #expect(try target("http://10.0.0.1/", from: "http://10.0.0.2/", peer: nil, policy: open) == "http://10.0.0.1/")
  }

  @Test func credentialsStayWithTheirServer() throws {
    let origin = "https://jane:s3cret@images.maas.io/a"
    #expect(try target("https://images.maas.io/b", from: origin) == "https://jane:s3cret@images.maas.io/b")
    for other in ["https://images.maas.io:444/b", "https://cdn.images.maas.io/b"] {
      #expect(try target(other, from: origin) == other)
    }
  }

  @Test func whatIsPublicOnceMustStayPublic() throws {
    let origin = try RemoteURL("http://a.example/")
    var trail = RedirectTrail(origin, policy: RedirectPolicy(), limit: 5)
    #expect(!trail.demandsPublic)
    _ = try trail.next(from: origin, to: "http://b.a.example/", peer: Self.publicPeer)
    #expect(trail.demandsPublic)
    _ = try trail.next(from: origin, to: "http://c.a.example/", peer: Self.privatePeer)
    #expect(trail.demandsPublic)
  }

  @Test(arguments: [
    "127.0.0.1", "127.255.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1", "169.254.169.254", "0.0.0.0",
    "100.64.0.1", "192.0.0.8", "198.18.0.1", "224.0.0.1", "255.255.255.255", "::", "::1", "[::1]", "fe80::1",
    "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1", "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::10.0.0.1",
    "64:ff9b:1::8.8.8.8", "2002:7f00:1::", "2001::1",
  ])
  func knowsWhatIsInside(text: String) throws { #expect(try #require(NetworkAddress(text)).isPrivate) }

  @Test(arguments: [
    "91.189.91.38", "172.15.0.1", "172.32.0.1", "192.167.0.1", "192.169.0.1", "100.63.0.1", "100.128.0.1", "198.17.0.1",
    "198.20.0.1", "223.255.255.255", "2620:2d:4000:1::28", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::",
  ])
  func knowsWhatIsOutside(text: String) throws { #expect(try !#require(NetworkAddress(text)).isPrivate) }

  @Test(arguments: ["", "localhost", "1.2.3", "0x7f.1", "2130706433", "1.2.3.4.5", ":::"])
  func aNameIsNoAddress(text: String) { #expect(NetworkAddress(text) == nil) }

  @Test func readsTheAddressThatIsConnectedTo() {
    var four = sockaddr_in()
    four.sin_family = sa_family_t(AF_INET)
    four.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
    let read = withUnsafePointer(to: &four) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { NetworkAddress($0) }
    }
    #expect(read == NetworkAddress("127.0.0.1"))
    var six = sockaddr_in6()
    six.sin6_family = sa_family_t(AF_INET6)
    #expect(inet_pton(AF_INET6, "fe80::1", &six.sin6_addr) == 1)
    let read6 = withUnsafePointer(to: &six) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { NetworkAddress($0) }
    }
    #expect(read6 == NetworkAddress("fe80::1"))
  }
}
