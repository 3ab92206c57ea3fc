/// The two forms of a page: for people and for programs.
enum PageForm: Hashable {
  case html
  case json

  /// What `Accept` asks for (RFC 9110 §12.5.1). Who takes neither gets HTML, which helps more than a 406.
  init(accept header: String?) {
    let list = WeightedList(header)
    let (html, json) = (Self.weight(of: "text/html", in: list), Self.weight(of: "application/json", in: list))
    // At equal weights the one that was named wins over the one that a wildcard covers.
    self = json.weight > 0 && (json.weight, json.precision) > (html.weight, html.precision) ? .json : .html
  }

  var mediaType: String {
    switch self {
    case .html: "text/html; charset=utf-8"
    case .json: "application/json"
    }
  }

  /// The most precise range that covers the type decides about it.
  private static func weight(of type: String, in list: WeightedList) -> (weight: Int, precision: Int) {
    let ranges = [type, "\(type.prefix { $0 != "/" })/*", "*/*"]
    for (index, range) in ranges.enumerated() {
      if let weight = list[range] { return (weight, ranges.count - index) }
    }
    return (0, 0)
  }
}
