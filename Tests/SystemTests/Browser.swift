import Foundation
import OrderedCollections
import Simplestreams
import TestSupport

/// Chromium, driven by chromedriver (W3C WebDriver over HTTP on loopback).
final class Browser {
  struct Failure: Error { var answer: String }

  private let driver: SpawnedProcess
  private let port = LoopbackSocket.freePort()
  private let folder: TemporaryFolder
  private var session = ""

  /// `nil` where there is no browser; the output says so.
  init?() throws {
    guard let chromedriver = Needed.program("chromedriver", for: "the pages in a browser"),
      let chromium = Needed.program("chromium", for: "the pages in a browser")
    else { return nil }
    folder = try TemporaryFolder()
    driver = try SpawnedProcess(chromedriver, ["--port=\(port)"], output: folder.file("driver.log"))
    let options: JSONObject = [
      "binary": .string(chromium),
      // Without its sandbox it also runs as root, as in a container; it sees our pages only.
      "args": .array(
        [
          "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
          "--user-data-dir=\(folder.file("profile"))",
        ]
        .map(JSONValue.string)),
    ]
    let wishes: JSONObject = [
      "goog:chromeOptions": .object(options), "goog:loggingPrefs": .object(["browser": .string("ALL")]),
    ]
    let answer = try call(
      "POST", "/session", ["capabilities": .object(["alwaysMatch": .object(wishes)])],
      arguments: ["--retry", "50", "--retry-connrefused", "--retry-delay", "1"])
    session = "/session/\(answer["sessionId"]?.string ?? "")"
  }

  deinit {
    // The driver is killed with its owner, and would leave the browser behind. What is told here, nobody hears.
    _ = try? call("DELETE", session)
  }

  private func call(
    _ method: String, _ path: String, _ body: JSONObject? = nil, arguments: [String] = []
  ) throws -> JSONValue {
    var words = ["-s", "-m", "60", "-X", method, "http://127.0.0.1:\(port)\(path)"] + arguments
    if let body {
      try folder.write(JSONWriter.write(.object(body)), "body")
      words += ["-H", "Content-Type: application/json", "--data-binary", "@\(folder.file("body"))"]
    }
    let run = try ProcessRun.run("/usr/bin/curl", words, seconds: 90)
    guard run.code == 0, let value = try JSONReader.read(Array(run.output.utf8))["value"], value["error"] == nil else {
      throw Failure(answer: "\(method) \(path): \(run.code) \(run.output.prefix(1000)) \(run.errors)")
    }
    return value
  }

  private func protocolCommand(_ name: String, _ parameters: JSONObject) throws {
    _ = try call("POST", "\(session)/goog/cdp/execute", ["cmd": .string(name), "params": .object(parameters)])
  }

  func size(width: Int, height: Int) throws {
    try protocolCommand(
      "Emulation.setDeviceMetricsOverride",
      [
        "width": .number("\(width)"), "height": .number("\(height)"), "deviceScaleFactor": .number("1"),
        "mobile": .bool(width < 500),
      ])
  }

  func prefer(_ scheme: String) throws {
    let feature: JSONObject = ["name": .string("prefers-color-scheme"), "value": .string(scheme)]
    try protocolCommand("Emulation.setEmulatedMedia", ["features": .array([.object(feature)])])
  }

  func open(_ url: String) throws { _ = try call("POST", "\(session)/url", ["url": .string(url)]) }
  func address() throws -> String { try call("GET", "\(session)/url").string ?? "" }

  func click(_ link: String) throws {
    let found = try call("POST", "\(session)/element", ["using": .string("link text"), "value": .string(link)])
    guard let element = found.object?.values.first?.string else { throw Failure(answer: "no link “\(link)”") }
    _ = try call("POST", "\(session)/element/\(element)/click", [:])
  }

  /// What a function body returns in the page.
  func run(_ script: String) throws -> JSONValue {
    try call("POST", "\(session)/execute/sync", ["script": .string(script), "args": .array([])])
  }

  /// What the console got since the last time: errors, and what the Content-Security-Policy refused.
  func console() throws -> [String] {
    (try call("POST", "\(session)/se/log", ["type": .string("browser")]).array ?? []).map {
      $0["message"]?.string ?? ""
    }
  }
}
