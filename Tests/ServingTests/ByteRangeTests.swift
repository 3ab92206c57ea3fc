import Testing

@testable import Serving

/// RFC 9110 §14.1 and §14.2, on a file of 100 bytes.
@Suite struct ByteRangeTests {
  private static let parts: [(String, Range<Int64>)] = [
    ("bytes=0-9", 0..<10), ("bytes=0-0", 0..<1), ("bytes=99-99", 99..<100), ("Bytes=5-6", 5..<7),
    // §14.1.2: a last position behind the end means the end.
    ("bytes=90-1000", 90..<100), ("bytes=0-99999999999", 0..<100),
    // an open range goes to the end
    ("bytes=0-", 0..<100), ("bytes=42-", 42..<100),
    // §14.1.2: a suffix is the last bytes, or all when there are fewer
    ("bytes=-1", 99..<100), ("bytes=-10", 90..<100), ("bytes=-100", 0..<100), ("bytes=-5000", 0..<100),
  ]

  @Test(arguments: parts)
  func sendsThePartThatIsAskedFor(header: String, range: Range<Int64>) {
    #expect(ByteRange(header, size: 100) == .part(range))
  }

  /// §14.1.2: a first position behind the end, or a suffix of no bytes.
  @Test(arguments: ["bytes=100-", "bytes=100-200", "bytes=5000-", "bytes=-0"])
  func saysThatAPartIsNotThere(header: String) { #expect(ByteRange(header, size: 100) == .unsatisfiable) }

  /// §14.2: a server MAY ignore a Range that it does not understand, or that asks for several parts.
  @Test(arguments: [
    nil, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-5", "bytes=1-2-3", "bytes=+1-2", "bytes=0x1-2",
    "bytes=0-9,20-29", "bytes=0-0,-1", "items=0-9", "0-9", "bytes=99999999999999999999-",
  ])
  func sendsTheWholeForARangeThatItDoesNotServe(header: String?) {
    #expect(ByteRange(header, size: 100) == .whole)
  }

  @Test(arguments: ["bytes=0-", "bytes=0-0", "bytes=-1"])
  func anEmptyFileHasNoParts(header: String) { #expect(ByteRange(header, size: 0) == .unsatisfiable) }
}
