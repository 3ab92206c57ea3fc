import Testing

@testable import Transfer

@Suite struct CurlFailureTests {
  private let request: TransferRequest
  private let options = CurlClient.Options(connectTimeout: 3, stallSeconds: 4, userAgent: "transfer-tests")

  init() throws {
    request = TransferRequest(url: try RemoteURL("https://jane:s3cret@a.example/x?key=hidden"), byteLimit: 1)
  }

  /// The numbers are those of libcurl-errors(3).
  @Test func tellsFailuresApartAsAnOperatorWould() {
    let url = request.url
    let expected: [(UInt32, TransferError)] = [
      (6, .unresolved(url)),
      (5, .proxyFailed(url, detail: "m")),
      (7, .unconnected(url, detail: "m")),
      (28, .connectTimeout(url, seconds: 3)),
      (35, .handshakeFailed(url, detail: "m")),
      (60, .untrustedCertificate(url, detail: "m")),
      (18, .truncated(url, received: 0, expected: nil)),
      (56, .interrupted(url, detail: "m")),
      (92, .interrupted(url, detail: "m")),
      (8, .malformed(url, detail: "m")),
    ]
    for (number, error) in expected { #expect(self.error(CurlFailure(number: number, message: "m")) == error) }
  }

  @Test func aTimeoutAfterTheConnectionStoodIsAStall() {
    let failure = CurlFailure(number: 28, wasConnected: true)
    #expect(error(failure) == .stalled(request.url, seconds: 4))
  }

  @Test func takesCredentialsOutOfCurlsMessages() {
    let failure = CurlFailure(
      number: 56, message: "https://jane:s3cret@a.example/x?key=hidden said hidden to jane:s3cret")
    #expect(error(failure) == .interrupted(request.url, detail: "https://***@a.example/x?*** said *** to ***"))
  }

  private func error(_ failure: CurlFailure) -> TransferError {
    failure.error(for: request, options: options, meter: nil)
  }
}
