import OrderedCollections

/// What MAAS takes a product for. A products file must be of one kind throughout, or MAAS 3.8 loses the source.
package enum ImageKind: String, Sendable, CaseIterable, Comparable {
  case ubuntu, centos, bootloader

  /// `nil` for what no MAAS reads from a mirror: release notifications, Ubuntu Core, dd images.
  package init?(_ product: Product) {
    if product.isBootloader {
      self = .bootloader
      return
    }
    let names = Set(product.versions.flatMap(\.items).map(\.name))
    if product["os"] == "ubuntu" {
      guard product.attributes["release"] != nil, !names.contains("root-dd"), !names.contains("root-dd.xz") else {
        return nil
      }
      self = .ubuntu
    } else if product["os"] == "centos" || names.contains("root-tgz") {
      self = .centos
    } else if names.contains("squashfs") || names.contains("root-image.gz") {
      self = .ubuntu
    } else {
      return nil
    }
  }

  package static func < (left: ImageKind, right: ImageKind) -> Bool {
    allCases.firstIndex(of: left)! < allCases.firstIndex(of: right)!
  }

  /// What a product must say of itself, as text.
  var required: [String] {
    switch self {
    case .ubuntu: ["arch", "label", "os", "release", "release_title", "subarch", "subarches", "version"]
    case .centos: ["arch", "label", "os", "release", "release_title", "subarch", "subarches", "version"]
    case .bootloader: ["arch", "arches", "bootloader-type", "label", "os"]
    }
  }

  /// What it may say of itself, and then as text.
  var optional: [String] {
    switch self {
    case .ubuntu, .centos: ["kflavor", "krel", "release_codename"]
    case .bootloader: []
    }
  }

  /// The items that make a version complete: one of each group.
  var complete: [[String]] {
    switch self {
    case .ubuntu: [["boot-kernel"], ["boot-initrd"], ["manifest"], ["squashfs", "root-image.gz"]]
    case .centos: [["root-tgz"], ["manifest"]]
    case .bootloader: [["grub2-signed", "shim-signed", "grub2", "syslinux"]]
    }
  }
}
