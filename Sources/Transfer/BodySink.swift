/// Where the bytes of a body go.
///
/// - A client MUST call `begin` and `receive` from one thread at a time, and MUST NOT call either after `get` has
///   returned or thrown. The calls come from the client's own thread: a sink may block, and holds up the other
///   transfers of that thread for as long.
/// - `begin` MUST come once for every response that delivers a body, before its first byte, also for an empty body.
///   Only 200 and 206 deliver one: nothing of a redirect, an error page or a 304 reaches a sink.
/// - If `head.startsAt` is 0 the sink MUST forget what it holds and start over: the server ignored the range, or a
///   retry decided so. Otherwise it equals the `resumeAt` of the request.
/// - `receive` MUST deliver the bytes in order, without gaps, each once, and never more in all than the request's
///   byte limit. The buffer is only valid during the call. Sizes are the client's; expect 16 KiB.
/// - What `begin` or `receive` throw MUST end the transfer and come out of `get` unchanged, never retried. A sink
///   MUST NOT throw `TransferError`, by which a client reports its own failures.
package protocol BodySink: AnyObject, Sendable {
  /// The bytes held so far, at which a retry resumes. A sink that must have its body from one response answers 0.
  var position: Int64 { get }
  func begin(_ head: ResponseHead) throws
  func receive(_ bytes: UnsafeRawBufferPointer) throws
}
