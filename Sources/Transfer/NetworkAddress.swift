import CCurl
import Glibc

/// An IP address, as far as it says whose network it is of.
struct NetworkAddress: Hashable, Sendable {
  /// 4 or 16, in network order.
  private let bytes: [UInt8]

  /// `nil` for a name, or anything else that is not an address. An IPv6 address may stand in brackets.
  init?(_ text: String) {
    let bare = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
    var buffer = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, bare, &buffer) == 1 {
      bytes = Array(buffer[..<4])
    } else if inet_pton(AF_INET6, String(bare.prefix { $0 != "%" }), &buffer) == 1 {
      bytes = buffer
    } else {
      return nil
    }
  }

  /// `nil` for other families than IP.
  init?(_ address: UnsafePointer<sockaddr>) {
    let raw = UnsafeRawPointer(address)
    switch Int32(address.pointee.sa_family) {
    case AF_INET:
      bytes = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in.self).sin_addr) { Array($0) }
    case AF_INET6:
      bytes = withUnsafeBytes(of: raw.loadUnaligned(as: sockaddr_in6.self).sin6_addr) { Array($0) }
    default: return nil
    }
  }

  /// Whether it is of this machine, of the networks around it, or of no single host (RFC 6890 and its registries): what
  /// a stranger has no business to send us to.
  var isPrivate: Bool { bytes.count == 4 ? Self.isPrivate(bytes[...]) : isPrivate6 }

  private static func isPrivate(_ bytes: ArraySlice<UInt8>) -> Bool {
    let (a, b) = (bytes[bytes.startIndex], bytes[bytes.startIndex + 1])
    switch a {
    case 0, 10, 127, 224...255: return true
    // Carrier-grade NAT.
    case 100: return (64...127).contains(b)
    // Link-local: also where clouds keep their machines' credentials.
    case 169: return b == 254
    case 172: return (16...31).contains(b)
    case 192: return b == 168 || b == 0 && bytes[bytes.startIndex + 2] == 0
    case 198: return b == 18 || b == 19
    default: return false
    }
  }

  private var isPrivate6: Bool {
    // IPv4 in other clothes leads where the IPv4 address leads: ::/96, ::ffff:0:0/96, NAT64, 6to4.
    let isZeroTo10 = bytes[..<10].allSatisfy { $0 == 0 }
    if isZeroTo10, bytes[10] == bytes[11], bytes[10] == 0 || bytes[10] == 0xFF { return Self.isPrivate(bytes[12...]) }
    if bytes[..<12] == [0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0] { return Self.isPrivate(bytes[12...]) }
    if bytes[..<2] == [0x20, 0x02] { return Self.isPrivate(bytes[2..<6]) }
    // Outside 2000::/3 nothing is global: loopback, link-local, unique local, multicast.
    return bytes[0] & 0xE0 != 0x20 || bytes[..<4] == [0x20, 0x01, 0, 0]
  }
}
