import OrderedCollections
import Simplestreams

/// Several sources as one tree. Of a product that two of them have, under whatever content ids, the first one's is taken,
/// with all its versions: a product is one signer's, and an operator chose the order. A region that found it twice would
/// take now the one and now the other. Pure.
struct JoinedSources {
  /// One for each content id, in C order.
  private(set) var files: [ProductsFile] = []
  /// The position of the source that each product is taken from.
  private(set) var ranks: [String: Int] = [:]
  /// What is wrong with the file that a product is taken from, where MAAS would reject all of that.
  private(set) var faults: [String: String] = [:]
  /// What is not used, and where that costs a newer version.
  private(set) var notes: [String] = []

  private struct Taken {
    var source: String
    var newest: String
  }

  init(_ sources: [(name: String, files: [ProductsFile])]) {
    var joined: [ContentID: ProductsFile] = [:]
    var taken: [String: Taken] = [:]
    for (rank, (name, files)) in sources.enumerated() {
      var unused: OrderedDictionary<String, [String]> = [:]
      for file in withoutRepeats(files, of: name) {
        let fault = Gate.fault(of: file)
        if joined[file.contentID] == nil {
          joined[file.contentID] = file.withoutProducts
        } else if fault == nil, let other = joined[file.contentID], Gate.fault(of: other) != nil {
          // What is right of another source is not lost with it.
          joined[file.contentID]?.datatype = file.datatype
        }
        for product in file.products {
          guard let earlier = taken[product.name] else {
            joined[file.contentID]?.products.append(product)
            taken[product.name] = Taken(source: name, newest: product.newest)
            ranks[product.name] = rank
            faults[product.name] = fault
            continue
          }
          unused[earlier.source, default: []].append(product.name)
          if earlier.newest.utf8.lexicographicallyPrecedes(product.newest.utf8) {
            notes.append(
              "product \(product.name) is taken from “\(earlier.source)” (newest \(earlier.newest)), although “\(name)” has a "
                + "newer one (\(product.newest)); to take that, name “\(name)” first in “sources”")
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

  /// Of a product that one source lists in several files, all of one signer's, the one with the newest version is taken:
  /// a region that reads them all ends there as well.
  private mutating func withoutRepeats(_ files: [ProductsFile], of source: String) -> [ProductsFile] {
    var best: [String: (id: ContentID, newest: String)] = [:]
    for file in files {
      for product in file.products {
        if let other = best[product.name], !other.newest.utf8.lexicographicallyPrecedes(product.newest.utf8) {
          continue
        }
        best[product.name] = (file.contentID, product.newest)
      }
    }
    return files.map { file in
      var file = file
      file.products.removeAll { product in
        guard let taken = best[product.name], taken.id != file.contentID else { return false }
        notes.append(
          "product \(product.name) of “\(source)” is in \(taken.id) (newest \(taken.newest)) and in \(file.contentID) "
            + "(newest \(product.newest)); the one of \(taken.id) is taken")
        return true
      }
      return file
    }
  }
}

extension Product {
  fileprivate var newest: String { versions.last?.name ?? "" }
}
