import NIOCore

/// A request that is being answered, and how far that has come.
struct OpenExchange {
  let request: Request?
  /// The client's address.
  let client: String
  let start = NIODeadline.now()
  /// 0 until an answer begins.
  var status = 0
  /// Bytes of the body that the system took to send; of a transfer that is cut, its whole pieces.
  var sent: Int64 = 0
  /// Nanoseconds until the head of the answer was taken.
  private(set) var firstByte: Int64?

  init(request: Request?, client: String) {
    self.request = request
    self.client = client
  }

  mutating func tookFirstByte() { if firstByte == nil { firstByte = age } }

  var age: Int64 { (NIODeadline.now() - start).nanoseconds }
}
