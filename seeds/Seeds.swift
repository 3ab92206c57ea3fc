/// What a mirror starts from, carried inside the binary.
package enum Seeds {
  package struct Configuration: Sendable {
    package var name: String
    package var text: String
    /// From its first line, `# Title: …`.
    package var title: String

    init(_ name: String, _ bytes: [UInt8]) {
      self.name = name
      text = String(decoding: bytes, as: UTF8.self)
      let first = text.prefix { $0 != "\n" }
      title = first.hasPrefix("# Title: ") ? String(first.dropFirst("# Title: ".count)) : ""
    }
  }

  /// Complete mirror.conf files; the first is the one at the top level of the project.
  package static var configurations: [Configuration] {
    [
      Configuration("default", PackageResources.default_conf),
      Configuration("lts-amd64", PackageResources.lts_amd64_conf),
      Configuration("stable-all", PackageResources.stable_all_conf),
      Configuration("candidate-one", PackageResources.candidate_one_conf),
      Configuration("amd64-arm64", PackageResources.amd64_arm64_conf),
      Configuration("upstream-signed", PackageResources.upstream_signed_conf),
      Configuration("carried", PackageResources.carried_conf),
    ]
  }

  /// The demo upstream's catalogue: products files without sizes and hashes, which the demo makes up.
  package static var demoCatalogue: [UInt8] { PackageResources.demo_json }
}
