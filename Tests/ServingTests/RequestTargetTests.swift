import Simplestreams
import Testing

@testable import Serving

/// RFC 9112 §3.2 and RFC 3986 §2.1.
@Suite struct RequestTargetTests {
  private static let paths: [(String, String, Bool)] = [
    ("/", "", true), ("/a", "a", false), ("/a/", "a", true), ("/a/b.json", "a/b.json", false),
    // `:` and `+` come raw and encoded, and a plus is never a blank.
    ("/com.ubuntu.maas:stable:v3+x", "com.ubuntu.maas:stable:v3+x", false),
    ("/com.ubuntu.maas%3Astable%3av3%2Bx", "com.ubuntu.maas:stable:v3+x", false),
    ("/a%20b", "a b", false), ("/%C3%A4", "ä", false), ("/a%25b", "a%b", false), ("/%2525", "%25", false),
    ("/a?b=c/../d", "a", false), ("/a/?", "a", true), ("/?x", "", true), ("/a?%", "a", false),
    // §3.2.2: absolute-form
    ("http://images.maas.io/a/b", "a/b", false), ("HTTPS://images.maas.io:443/a/", "a", true),
    ("http://images.maas.io", "", true), ("http://images.maas.io?x", "", true),
  ]

  @Test(arguments: paths)
  func readsAPath(target: String, path: String, isFolder: Bool) {
    #expect(RequestTarget(target) == .path(path, isFolder: isFolder))
  }

  @Test(arguments: [
    "/a%2Fb", "/a%2fb", "/a%5Cb", "/a/../b", "/..", "/../etc/passwd", "/./a", "/a/.", "/%2e%2e/a", "/a/%2E/b", "//",
    "//a", "/a//b", "/a//", "http://host//a",
  ])
  func noTreeHasSuchAPath(target: String) { #expect(RequestTarget(target) == .nowhere) }

  @Test(arguments: [
    "http:///a", "http://:80/a", "http://[::1/a", "http://x:y/a", "http://u:p@x/a", "ftp://x/a", "/a#b", "/a?b#c",
    "http://x/a#b", "", "*", "a", "a/b", "host:443", "/%", "/a%", "/a%2", "/a%zz", "/%g0", "/a%00b", "/%ff", "/%C3",
    "1://x/",
  ])
  func refusesWhatIsMalformed(target: String) { #expect(RequestTarget(target) == .malformed) }

  @Test func theAnswersFollow() throws {
    let tree = try SampleView.tree(items: ["x/a:b+c/file"])
    let responder = SampleView.responder(tree)
    func status(_ target: String) -> Int { responder.answer(SampleView.get(target)).status }
    #expect(status("/ephemeral-v3/stable/x/a:b+c/file") == 200)
    #expect(status("/ephemeral-v3/stable/x/a%3Ab%2Bc/file") == 200)
    #expect(status("http://mirror:8080/ephemeral-v3/stable/x/a:b+c/file") == 200)
    #expect(status("/ephemeral-v3/stable/x/a:b%20c/file") == 404)
    #expect(status("/ephemeral-v3/stable/x/a:b+c%2Ffile") == 404)
    #expect(status("/ephemeral-v3/stable/../stable/x/a:b+c/file") == 404)
    #expect(status("/ephemeral-v3/stable/x/a%3") == 400)
  }

  /// Of two files that one target could mean, it means the one that it decodes to.
  @Test(arguments: ["GET", "HEAD"])
  func aPathWithAPercentSignIsFoundEncodedAndAsItIs(method: String) throws {
    let base = "/ephemeral-v3/stable"
    let paths = ["x/a%2Fb", "x/100%", "x/%zz", "x/a b", "x/a%20b", "x/%2e%2e/c", "x/%41"]
    let responder = SampleView.responder(try SampleView.tree(items: paths))
    func tag(_ target: String) -> String? { responder.answer(SampleView.get(target, method: method))["ETag"] }
    for path in paths { #expect(tag("\(base)/\(TreePath.percentEncode(path))") == SampleView.tag(path), "\(path)") }
    for path in ["x/a%2Fb", "x/100%", "x/%zz", "x/%2e%2e/c", "x/%41"] {
      #expect(tag("\(base)/\(path)") == SampleView.tag(path), "\(path)")
      #expect(tag("http://mirror\(base)/\(path)?x") == SampleView.tag(path), "\(path)")
      #expect(responder.answer(SampleView.get("\(base)/\(path)", method: "OPTIONS")).status == 204)
    }
    #expect(tag("\(base)/x/a%20b") == SampleView.tag("x/a b"))
    func status(_ target: String) -> Int { responder.answer(SampleView.get("\(base)/\(target)")).status }
    #expect(
      ["x/a%2fb", "x/a%2Fb/", "x/a/b", "y/../x/a%2Fb", "x/%2e%2e/d", "x//a%2Fb"].map(status) == [
        404, 404, 404, 404, 404, 404,
      ])
    #expect(["x/200%", "x/%00"].map(status) == [400, 400])
  }
}
