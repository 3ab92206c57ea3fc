import Testing

@testable import Transfer

@Suite struct MemorySinkTests {
  @Test func keepsTheBytesOfTheLastResponse() throws {
    let sink = MemorySink(limit: 10)
    try sink.begin(ResponseHead(status: 200))
    try take([1, 2, 3], sink)
    try sink.begin(ResponseHead(status: 200))
    try take([4, 5], sink)
    #expect(sink.bytes == [4, 5])
    #expect(sink.position == 0)
  }

  @Test func refusesAGapAndAnOverflow() throws {
    let sink = MemorySink(limit: 4)
    #expect(throws: MemorySink.Refusal.gap) { try sink.begin(ResponseHead(status: 206, startsAt: 1)) }
    try sink.begin(ResponseHead(status: 200))
    try take([1, 2, 3], sink)
    #expect(throws: MemorySink.Refusal.full(limit: 4)) { try take([4, 5], sink) }
    #expect(sink.bytes == [1, 2, 3])
  }

  private func take(_ bytes: [UInt8], _ sink: MemorySink) throws {
    try bytes.withUnsafeBytes { try sink.receive($0) }
  }
}
