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
  @Test(arguments: [
    "bytes=100-", "bytes=100-200", "bytes=5000-", "bytes=-0", "bytes=99999999999999999999-", "bytes=100-,-0",
    "bytes=99999999999999999998-99999999999999999999", "bytes=0099999999999999999999-99999999999999999999",
  ])
  func saysThatAPartIsNotThere(header: String) { #expect(ByteRange(header, size: 100) == .unsatisfiable) }

  private static let several: [(String, [Range<Int64>])] = [
    ("bytes=0-9,20-29", [0..<10, 20..<30]), ("bytes=0-0, -1", [0..<1, 99..<100]),
    // in the order in which they are asked for, without those that are not there
    ("bytes=50-59,,5-9 ,\t200-300", [50..<60, 5..<10]),
    // §15.3.7.2: what overlaps or touches is sent once
    ("bytes=80-89,0-9,5-19,20-29", [80..<90, 0..<30]), ("bytes=0-1,10-11,4-5,1-10", [0..<12]),
  ]

  @Test(arguments: several)
  func sendsSeveralParts(header: String, ranges: [Range<Int64>]) {
    #expect(ByteRange(header, size: 100) == (ranges.count == 1 ? .part(ranges[0]) : .parts(ranges)))
  }

  /// §14.2: many small parts cost the server more than the client.
  @Test func sendsTheWholeForTooManyParts() {
    func header(_ count: Int) -> String { "bytes=" + (0..<count).map { "\($0 * 3)-\($0 * 3)" }.joined(separator: ",") }
    #expect(ByteRange(header(16), size: 100) != .whole)
    #expect(ByteRange(header(17), size: 100) == .whole)
  }

  /// §14.2: a server MAY ignore a Range that it does not understand.
  @Test(arguments: [
    nil, "", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=9-5", "bytes=1-2-3", "bytes=+1-2", "bytes=0x1-2",
    // §14.1.1: a range whose end lies before its start is none, also where no number holds either
    "bytes=99999999999999999999-99999999999999999998", "bytes=99999999999999999999-9223372036854775807",
    "bytes=100000000000000000000-0099999999999999999999", "items=0-9", "0-9", "bytes=,", "bytes=0-9,x", "bytes=0-9,9-5",
    "bytes=0-1, bytes=4-5",
  ])
  func sendsTheWholeForARangeThatItDoesNotServe(header: String?) {
    #expect(ByteRange(header, size: 100) == .whole)
  }

  @Test(arguments: ["bytes=0-", "bytes=0-0", "bytes=-1"])
  func anEmptyFileHasNoParts(header: String) { #expect(ByteRange(header, size: 0) == .unsatisfiable) }
}
