import Simplestreams
import Testing

@testable import Transfer

@Suite struct RemoteURLTests {
  @Test func keepsSchemeHostPathAndQuery() throws {
    let url = try RemoteURL("HTTPS://Images.Example:8443/a/b?token=x")
    #expect(url.isSecure)
    #expect(url.host == "images.example")
    #expect(url.path == "/a/b")
    #expect(url.unredacted == "https://images.example:8443/a/b?token=x")
  }

  @Test func treatsTheDefaultPortAndNoPathAsWritten() throws {
    #expect(try RemoteURL("https://a.example:443") == RemoteURL("https://a.example/"))
    #expect(try RemoteURL("http://[::1]:8080/x").host == "[::1]")
  }

  @Test(arguments: [
    ("ftp://a.example/", URLRefusal.scheme), ("a.example/x", .scheme), ("https:///x", .host),
    ("https://a example/", .forbiddenCharacter), ("https://a.example/\r\nX: y", .forbiddenCharacter),
    ("https://a.example/\\..", .forbiddenCharacter), ("https://ä.example/", .forbiddenCharacter),
    ("https://a.example/#top", .fragment), ("https://a.example:99999/", .port), ("https://a.example:/", .port),
    ("https://u@evil.example@a.example/", .userInformation), ("https://[zz]/", .host), ("https://a$b/", .host),
  ])
  func refusesWhatItCannotFetchSafely(text: String, reason: URLRefusal) {
    let error = #expect(throws: TransferError.self) { try RemoteURL(text) }
    guard case .badURL(_, reason: reason) = error else {
      Issue.record("\(text): \(String(describing: error))")
      return
    }
  }

  @Test(arguments: ["https://a.example/tree", "https://a.example/tree/"])
  func joinsAPathWithExactlyOneSlash(base: String) throws {
    let joined = try RemoteURL(base).appending(TreePath(document: "streams/v1/com.ubuntu.maas:stable:v3+x y.sjson"))
    #expect(joined.unredacted == "https://a.example/tree/streams/v1/com.ubuntu.maas:stable:v3+x%20y.sjson")
  }

  @Test func keepsTheQueryBehindAJoinedPath() throws {
    let joined = try RemoteURL("https://a.example/t?sig=1").appending(TreePath(item: "noble/x"))
    #expect(joined.unredacted == "https://a.example/t/noble/x?sig=1")
  }

  @Test func neverShowsCredentialsHoweverItIsPrinted() throws {
    let url = try RemoteURL("https://jane:s3cret@a.example/x?key=hidden&bare")
    var dumped = ""
    dump(url, to: &dumped)
    #expect(url.description == "https://***@a.example/x?key=***&***")
    for text in [url.description, url.debugDescription, String(reflecting: url), dumped, "\([url])"] {
      #expect(!text.contains("s3cret") && !text.contains("jane") && !text.contains("hidden") && !text.contains("bare"))
    }
  }

  @Test func anErrorAboutABadAddressHidesWhatMayBeItsCredentials() {
    let error = #expect(throws: TransferError.self) { try RemoteURL("jane:s3cret@a.example/x?key=hidden") }
    #expect(error?.description.contains("***@a.example/x?***") == true)
  }
}
