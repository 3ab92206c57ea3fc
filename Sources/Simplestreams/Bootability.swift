/// Whether what boots over the network comes with the images: a region that finds none cannot start a machine, and says little
/// about why. Pure.
package enum Bootability {
  /// The architectures that MAAS has bootloaders for. The others boot by other means.
  private static let bootable: Set<String> = ["amd64", "arm64", "ppc64el"]

  /// The architectures that have images, and no bootloader.
  package static func lacking(in files: [ProductsFile]) -> [String] {
    let products = files.flatMap(\.products)
    let images = Set(products.filter { !$0.isBootloader }.compactMap { $0["arch"] })
    let served = Set(products.filter(\.isBootloader).flatMap(\.bootedArchitectures))
    return images.intersection(bootable).subtracting(served).sorted()
  }
}

extension Product {
  /// Whose machines a bootloader starts: a region boots amd64 machines with the i386 pxelinux, whose `arches` says so.
  var bootedArchitectures: [String] { Product.list(self["arches"] ?? "") + [self["arch"] ?? ""] }
}
