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
    :root { color-scheme: light dark; --line: #8884; --soft: #8882; --quiet: light-dark(#555, #aaa); }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 64rem; margin: 2rem auto; padding: 0 1rem; }
    h1 { font-size: 1.3rem; overflow-wrap: anywhere; }
    h2 { font-size: 1.1rem; margin-top: 2rem; overflow-wrap: anywhere; }
    table { border-collapse: collapse; width: 100%; }
    th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); }
    td { white-space: nowrap; font-variant-numeric: tabular-nums; }
    td.name { white-space: normal; overflow-wrap: anywhere; width: 50%; }
    td.n, th.n { text-align: right; }
    td.n + td, th.n + th { padding-left: .75rem; }
    tbody tr:hover { background: var(--soft); }
    code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
    p code { overflow-wrap: anywhere; }
    /* All of it is there to be copied; what does not fit is cut off. */
    td code { display: inline-block; max-width: 12ch; overflow: hidden; overflow: clip; user-select: all; }
    pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: .75rem; background: var(--soft); }
    /* A command that needs two lines is still one. */
    pre span { display: block; padding-left: 4ch; text-indent: -4ch; }
    .note { color: var(--quiet); font-size: .9rem; }
    @media (max-width: 40rem) {
      body { margin: 1rem auto; }
      thead { display: none; }
      tr { display: flex; flex-wrap: wrap; gap: 0 .75rem; padding: .4rem 0; border-bottom: 1px solid var(--line); }
      td, td.n + td { border: 0; padding: 0; font-size: .85rem; color: var(--quiet); white-space: normal; }
      td.name { flex: 0 0 100%; width: auto; font-size: 1rem; }
      td:empty { display: none; }
    }
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

  /// 259 MB: three digits that matter.
  static func size(_ bytes: Int64) -> String {
    var (unit, name) = (Int64(1000), "kB")
    if bytes < unit { return "\(bytes) B" }
    for larger in ["MB", "GB", "TB", "PB", "EB"] where bytes >= unit * 1000 - unit / 2 {
      (unit, name) = (unit * 1000, larger)
    }
    let tenths = (bytes / (unit / 100) + 5) / 10
    return tenths < 1000 ? "\(tenths / 10).\(tenths % 10) \(name)" : "\((bytes + unit / 2) / unit) \(name)"
  }

  static func escape(_ text: String) -> String {
    text.replacing(["&": "&amp;", "<": "&lt;", ">": "&gt;", "\"": "&quot;", "'": "&#39;"])
  }
}
