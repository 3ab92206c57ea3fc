/// Fetches files.
///
/// - `get` MUST return for 200, 206 and 304 alone, once the whole body is in the sink. 304 comes only to a request
///   with validators. For a 416 to a request that resumes it MUST throw `TransferError.rangeRefused`, unless it starts
///   over by itself, and for every other status `TransferError.status`.
/// - It MUST deliver to the sink as `BodySink` demands, and throw what the sink throws, unchanged.
/// - A body that is longer than the byte limit, shorter or longer than announced, from another offset than asked
///   for, or encoded without leave MUST be an error.
/// - It MUST throw `CancellationError` soon after its task is cancelled.
/// - It MUST NOT show credentials in any error.
package protocol HTTPClient: Sendable {
  func get(_ request: TransferRequest, into sink: any BodySink) async throws -> ResponseHead
}
