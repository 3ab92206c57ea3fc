import Foundation
import Simplestreams
import TestSupport
import Testing

/// The pages in a real browser, in light and dark, wide and on a phone.
@Suite(.serialized) struct BrowserTests {
  private static let folder = "ephemeral-v3/stable/noble/amd64/"

  private func withPages(_ body: (Browser, ServedMirror, Mirror) throws -> Void) throws {
    guard let browser = try Browser() else { return }
    let upstream = try FakeUpstream()
    try upstream.publish(try Catalogue.demo())
    let mirror = try Mirror(source: upstream)
    try mirror.begin()
    let server = try mirror.serve()
    defer { _ = server.stop() }
    try body(browser, server, mirror)
  }

  /// Of the text and what is behind it, by WCAG 2: 4.5 is what normal text needs.
  private static let contrast = """
    const parse = c => c.match(/[0-9.]+/g).map(Number);
    const light = c => { const [r, g, b] = parse(c).map(v => v / 255)
      .map(v => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
    const probe = document.createElement('div'); probe.style.color = 'Canvas'; document.body.append(probe);
    const back = light(getComputedStyle(probe).color); probe.remove();
    return Math.min(...[...document.querySelectorAll('h1, td, th, p, a, code, .note')].map(e => {
      const text = light(getComputedStyle(e).color);
      return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05); }));
    """

  @Test func everyPageIsWholeAtEveryWidthInLightAndDark() throws {
    try withPages { browser, server, _ in
      for width in [1280, 360] {
        for scheme in ["light", "dark"] {
          try browser.size(width: width, height: 900)
          try browser.prefer(scheme)
          for page in ["", "ephemeral-v3/stable/", Self.folder, "ephemeral-v3/stable/streams/v1/"] {
            try browser.open(server.url(page))
            let place = "/\(page) at \(width), \(scheme)"
            // Errors, and what the Content-Security-Policy refused.
            #expect(try browser.console() == [], "\(place)")
            // Nothing is to be pushed aside; a scroll bar at the side takes some of the width.
            let overflow = try browser.run("const e = document.documentElement; return e.scrollWidth - e.clientWidth")
            #expect(overflow == .number("0"), "\(place)")
            let background = try browser.run(
              "const e = document.createElement('p'); e.style.color = 'Canvas'; document.body.append(e);"
                + "const c = getComputedStyle(e).color; e.remove(); return c")
            #expect((background == .string("rgb(255, 255, 255)")) == (scheme == "light"), "\(place)")
            let contrast = Double(try browser.run(Self.contrast).scalarText ?? "") ?? 0
            #expect(contrast >= 4.5, "\(place): \(contrast)")
          }
        }
      }
    }
  }

  @Test func theBreadcrumbLeadsUpByClicking() throws {
    try withPages { browser, server, _ in
      try browser.open(server.url(""))
      try browser.click("noble")
      #expect(try browser.address() == server.url("ephemeral-v3/stable/noble/"))
      try browser.click("amd64/")
      #expect(try browser.address() == server.url(Self.folder))
      try browser.click("stable")
      #expect(try browser.address() == server.url("ephemeral-v3/stable/"))
      try browser.click("streams/")
      try browser.click("ephemeral-v3")
      #expect(try browser.address() == server.url("ephemeral-v3/"))
      try browser.click("maas-mirror")
      #expect(try browser.address() == server.url(""))
      #expect(try browser.console() == [])
    }
  }

  /// What is cut off to fit is copied all the same, and the commands are copied line by line.
  @Test func hashesAndCommandsAreCopiedWhole() throws {
    try withPages { browser, server, mirror in
      let select = "getSelection().selectAllChildren(document.querySelector('%')); return getSelection().toString()"
      try browser.open(server.url("ephemeral-v3/stable/streams/v1/"))
      let hash = try browser.run(select.replacingOccurrences(of: "%", with: "td code"))
      #expect(hash.string?.count == 64)
      try browser.open(server.url(""))
      let commands = try browser.run(select.replacingOccurrences(of: "%", with: "pre")).string ?? ""
      // The same as “boot-source” says.
      let told = try mirror.json("boot-source", "--host", server.address).array?.first?["commands"]?.array
      #expect(commands.split(separator: "\n").map(String.init) == told?.compactMap(\.string), "\(commands)")
    }
  }
}
