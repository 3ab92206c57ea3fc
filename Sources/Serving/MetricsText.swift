/// Lines of the exposition format, one metric after the other.
struct MetricsText {
  typealias Labels = [(name: String, value: String)]
  private(set) var text = ""

  mutating func gauge(_ name: String, _ help: String, _ values: [(Labels, String)]) {
    metric(name, "gauge", help, values)
  }

  mutating func counter(_ name: String, _ help: String, _ values: [(Labels, String)]) {
    metric(name, "counter", help, values)
  }

  mutating func begin(_ name: String, _ type: String, _ help: String) {
    text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
  }

  mutating func line(_ name: String, _ labels: Labels, _ value: String) {
    let list = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
    text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(list)} \(value)\n"
  }

  private mutating func metric(_ name: String, _ type: String, _ help: String, _ values: [(Labels, String)]) {
    if values.isEmpty { return }
    begin(name, type, help)
    for (labels, value) in values { line(name, labels, value) }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing(["\\": "\\\\", "\"": "\\\"", "\n": "\\n"])
  }
}
