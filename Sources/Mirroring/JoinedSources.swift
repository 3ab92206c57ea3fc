import OrderedCollections
import Simplestreams

/// Several sources as one tree. Of a product that two of them have, the first one's is taken, with all its versions: a
/// product is one signer's, and an operator chose the order. Pure.
struct JoinedSources {
  /// One for each content id, in C order.
  private(set) var files: [ProductsFile] = []
  /// What is not used, and where that costs a newer version.
  private(set) var notes: [String] = []

  private struct Taken {
    var source: String
    var newest: String
  }

  init(_ sources: [(name: String, files: [ProductsFile])]) {
    var joined: [ContentID: ProductsFile] = [:]
    var taken: [ContentID: [String: Taken]] = [:]
    for (name, files) in sources {
      var unused: OrderedDictionary<String, [String]> = [:]
      for file in files {
        if joined[file.contentID] == nil {
          joined[file.contentID] = file
          joined[file.contentID]?.products = []
        }
        for product in file.products {
          let newest = product.versions.last?.name ?? ""
          guard let earlier = taken[file.contentID]?[product.name] else {
            joined[file.contentID]?.products.append(product)
            taken[file.contentID, default: [:]][product.name] = Taken(source: name, newest: newest)
            continue
          }
          unused[earlier.source, default: []].append(product.name)
          if earlier.newest.utf8.lexicographicallyPrecedes(newest.utf8) {
            notes.append(
              "product \(product.name) is taken from “\(earlier.source)” (newest \(earlier.newest)), although “\(name)” has a "
                + "newer one (\(newest)); to take that, name “\(name)” first in “sources”")
          }
        }
      }
      for (earlier, products) in unused {
        let what = products.count == 1 ? "product \(products[0])" : "\(products.count) products"
        notes.append("\(what) of “\(name)” not used: “\(earlier)”, which stands before it, has the same")
      }
    }
    self.files = joined.values.sorted { $0.contentID < $1.contentID }
  }
}
