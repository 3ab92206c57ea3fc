/// The frame of the pages for people: readable in light and dark, at any width, without JavaScript.
enum Page {
  static func html(title: String, body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>\(escape(title))</title>
    <style>
    :root { color-scheme: light dark; }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { font-size: 1.3rem; overflow-wrap: anywhere; }
    table { border-collapse: collapse; width: 100%; }
    th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; }
    td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
    td { overflow-wrap: anywhere; }
    code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
    pre { overflow-x: auto; padding: .75rem; background: #8882; }
    </style>
    </head>
    <body>
    \(body)
    </body>
    </html>

    """
  }

  /// 259 031 040: the digits in threes, with a space that does not break.
  static func grouped(_ number: Int64) -> String {
    var out = ""
    let digits = String(number)
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { out += "\u{202F}" }
      out.append(digit)
    }
    return out
  }

  static func escape(_ text: String) -> String {
    var out = ""
    // By scalar: a quote and the combining mark after it are one `Character`, but two for a browser.
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "'": out += "&#39;"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
