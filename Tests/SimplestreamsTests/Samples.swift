import OrderedCollections
import Simplestreams

/// Documents as small as the rule under test allows.
enum Samples {
  static let hash = String(repeating: "ab", count: 32)

  static func item(_ name: String, path: String, extra: String = "") -> String {
    #""\#(name)": {"ftype": "\#(name)", "path": "\#(path)", "sha256": "\#(hash)", "size": 3\#(extra)}"#
  }

  static func ubuntuItems(_ version: String, without: String = "") -> String {
    [
      ("boot-kernel", "k"), ("boot-initrd", "i"), ("squashfs", "squashfs"), ("manifest", "squashfs.manifest"),
    ].filter { $0.0 != without }.map { item($0.0, path: "noble/amd64/\(version)/\($0.1)") }.joined(separator: ", ")
  }

  static let ubuntuAttributes =
    #""arch": "amd64", "label": "stable", "os": "ubuntu", "release": "noble", "release_title": "24.04 LTS", "#
    + #""subarch": "ga-24.04", "subarches": "generic,ga-24.04", "version": "24.04""#

  static func ubuntu(
    attributes: String = ubuntuAttributes, versions: [String: String] = ["20260101": ubuntuItems("20260101")],
    name: String = "com.ubuntu.maas.stable:v3:boot:24.04:amd64:ga-24.04"
  ) -> String {
    let listed = versions.map { #""\#($0.key)": {"items": {\#($0.value)}}"# }.joined(separator: ", ")
    return #""\#(name)": {\#(attributes), "versions": {\#(listed)}}"#
  }

  static func bootloader(
    arch: String = "amd64", arches: String = "amd64", type: String = "uefi", os: String = "grub-efi-signed",
    items: String? = nil
  ) -> String {
    let source = #", "src_package": "grub2", "src_release": "jammy", "src_version": "1""#
    let items = items ?? item("grub2-signed", path: "bootloaders/\(type)/\(arch)/1/grub2.tar.xz", extra: source)
    return #""com.ubuntu.maas.stable:1:\#(os):\#(type):\#(arch)": {"arch": "\#(arch)", "arches": "\#(arches)", "#
      + #""bootloader-type": "\#(type)", "label": "stable", "os": "\#(os)", "versions": {"1": {"items": {\#(items)}}}}"#
  }

  static func text(_ products: [String], top: String = "") -> String {
    #"{"content_id": "c", "datatype": "image-ids", "format": "products:1.0", "#
      + #""updated": "Thu, 24 Jul 2025 09:01:43 +0000"\#(top), "products": {\#(products.joined(separator: ", "))}}"#
  }

  static func file(_ products: String..., top: String = "") throws -> ProductsFile {
    try ProductsFile(Array(text(products, top: top).utf8))
  }
}
