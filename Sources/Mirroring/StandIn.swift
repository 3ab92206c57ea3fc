package import Simplestreams

/// What a publication has of a product in the place of what its sources have: what is served of it now, or nothing. Pure.
package enum StandIn: Sendable {
  /// - Parameter file: the products file that it is served in, without its products.
  case served(Product, in: ProductsFile)
  case nothing

  static func place(_ standIns: [String: StandIn], in files: [ProductsFile]) -> [ProductsFile] {
    if standIns.isEmpty { return files }
    var placed: Set<String> = []
    var files = files.map { listed in
      var file = listed
      file.products = listed.products.compactMap { product in
        switch standIns[product.name] {
        case .none: return product
        case .nothing: return nil
        case .served(let served, let home):
          file.mend(like: home)
          return placed.insert(product.name).inserted ? served : nil
        }
      }
      return file
    }
    for case (let name, .served(let product, let home)) in standIns.sorted(by: { $0.key < $1.key })
    where !placed.contains(name) {
      // A file of several kinds is published as several, whose ids begin with its own.
      let position = files.firstIndex { file in
        file.contentID == home.contentID
          || ImageKind.allCases.contains { kind in
            "\(home.contentID):".hasPrefix("\(file.contentID):\(kind.rawValue):")
          }
      }
      if let position {
        files[position].mend(like: home)
        files[position].products.append(product)
      } else {
        var file = home
        file.products = [product]
        files.append(file)
      }
    }
    return files.sorted { $0.contentID < $1.contentID }
  }
}

extension ProductsFile {
  /// What stands in a file that MAAS would reject is nothing of that file's, but what was served.
  fileprivate mutating func mend(like home: ProductsFile) {
    if Gate.fault(of: self) != nil { datatype = home.datatype }
  }
}
