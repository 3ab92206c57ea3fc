/// What the path of an item tells about its image. The streams of MAAS put release, architecture and version into it:
/// `noble/amd64/20260101/…`, `centos/centos70/amd64/…`, `bootloaders/uefi/arm64/…`.
struct ImagePath: Equatable {
  var release: String
  var architecture: String
  var version: String

  /// `nil` for a path of another shape.
  init?(_ path: String) {
    let parts = path.split(separator: "/")
    guard let place = parts.dropLast().firstIndex(where: { Self.isVersion($0) }), place > 1 else { return nil }
    release = parts[..<(place - 1)].joined(separator: "/")
    architecture = String(parts[place - 1])
    version = String(parts[place])
  }

  /// A date of eight digits, and the number of the build on that day if there were several: `20250101.2`, or
  /// `20240604_01` for CentOS.
  static func isVersion(_ name: some StringProtocol) -> Bool {
    let parts = name.split(omittingEmptySubsequences: false) { $0 == "." || $0 == "_" }
    guard parts.count <= 2, parts[0].utf8.count == 8 else { return false }
    return parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
  }
}
