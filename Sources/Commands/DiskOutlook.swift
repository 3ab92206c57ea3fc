import Catalog
import Mirroring
import OrderedCollections
import Simplestreams

/// The forecast of the disk, as `status` shows it.
struct DiskOutlook {
  private let forecast: DiskForecast

  /// - Parameter minFree: what must stay free: a sync that would take of it does not begin.
  init(_ sizes: [CatalogDatabase.StoreSize], free: Int64, minFree: Int64, now: Int64) {
    forecast = DiskForecast(sizes, free: free - minFree, today: now / 86400)
  }

  var text: String {
    switch forecast {
    case .notEnough(let days):
      "not enough history yet to say when it is full (\(days) of \(DiskForecast.least) days with a sync)"
    case .steady(let growth) where growth <= 0: "the store does not grow"
    case .steady(let growth): "at \(Bytes.text(growth)) a day it lasts for more than five years"
    case .full(let days, let growth): "at \(Bytes.text(growth)) a day it is full in \(days) days"
    }
  }

  var json: JSONValue {
    let (state, days, growth): (String, Int64?, Int64?) =
      switch forecast {
      case .notEnough: ("not_enough_history", nil, nil)
      case .steady(let growth): ("steady", nil, growth)
      case .full(let days, let growth): ("full", days, growth)
      }
    return .object([
      "state": .string(state), "days": days.map { .number($0) } ?? .null,
      "bytes_per_day": growth.map { .number($0) } ?? .null,
    ])
  }
}
