import Testing

@testable import Serving

/// What becomes of the lines that a full disk did not take.
@Suite struct LogTailTests {
  private static let lines = Array("one\ntwo\nthree\n".utf8)

  /// - Parameters: bytes that were written, the rest of the line that was cut, and how many lines are lost behind it.
  @Test(arguments: [
    (0, "", 3), (1, "ne\n", 2), (3, "\n", 2), (4, "", 2), (5, "wo\n", 1), (13, "\n", 0), (14, "", 0),
  ]) func theLineThatWasCutIsFinishedAndTheOthersAreCounted(written: Int, rest: String, lost: Int) {
    var tail = LogTail()
    #expect(tail.end(of: Self.lines, written: written) == lost)
    #expect(tail.rest == Array(rest.utf8))
  }

  @Test func aRestWaitsForAsLongAsNothingIsTaken() {
    var tail = LogTail()
    #expect(tail.end(of: Array("one\n".utf8), written: 1) == 0)
    #expect(tail.end(of: tail.rest + Array("two\n".utf8), written: 0) == 1)
    #expect(tail.rest == Array("ne\n".utf8))
    #expect(tail.end(of: tail.rest + Array("two\n".utf8), written: 1) == 1)
    #expect(tail.rest == Array("e\n".utf8))
    #expect(tail.end(of: tail.rest + Array("two\n".utf8), written: 6) == 0)
    #expect(tail.rest.isEmpty)
  }

  @Test func inAnotherFileTheRestIsALineThatIsLost() {
    var tail = LogTail()
    #expect(tail.leave() == 0)
    _ = tail.end(of: Array("one\n".utf8), written: 1)
    #expect(tail.leave() == 1)
    #expect(tail.rest.isEmpty)
  }
}
