extension String {
  /// With the scalars replaced that the table has. By scalar: a quote and the combining mark after it, or CR and LF, are one
  /// `Character`, but two for who reads this: a browser, Prometheus.
  func replacing(_ table: [Unicode.Scalar: String]) -> String {
    var out = ""
    for scalar in unicodeScalars {
      if let replacement = table[scalar] { out += replacement } else { out.unicodeScalars.append(scalar) }
    }
    return out
  }
}
