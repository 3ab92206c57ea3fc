import Foundation
import TestSupport
import Testing

@testable import Transfer

/// Against a TLS server of its own, which Python runs; the certificate is made on the spot.
@Suite(.enabled(if: TLSServer.isPossible, "needs python3 and openssl")) struct TLSTests {
  @Test func refusesACertificateThatNobodyVouchesForAndDoesNotTryAgain() async throws {
    let server = try TLSServer()
    let retrying = RetryingClient(client(), sleep: { _ in Issue.record("waited for another try") })
    let error = await #expect(throws: TransferError.self) {
      try await retrying.get(TransferRequest(url: server.url("/ok"), byteLimit: 10), into: RecordingSink())
    }
    guard case .untrustedCertificate = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }

  @Test func acceptsACertificateOfTheGivenAuthorities() async throws {
    let server = try TLSServer()
    let sink = MemorySink(limit: 10)
    let trusting = client { $0.certificateAuthorities = server.certificate }
    _ = try await trusting.get(TransferRequest(url: server.url("/ok"), byteLimit: 10), into: sink)
    #expect(sink.bytes == Array("ok".utf8))
  }

  @Test func refusesARedirectFromHTTPSToHTTP() async throws {
    let plain = try ScriptedServer { _, _ in .answer("200 OK") }
    let server = try TLSServer()
    let url = try server.url("/to/\(plain.port)")
    let trusting = client { $0.certificateAuthorities = server.certificate }
    await #expect(throws: TransferError.redirectRefused(url, target: "http://127.0.0.1:\(plain.port)/", .insecure)) {
      try await trusting.get(TransferRequest(url: url, byteLimit: 10), into: RecordingSink())
    }
    #expect(plain.connections == 0)
  }

  @Test func namesAnAuthoritiesFileThatCannotBeRead() async throws {
    let server = try TLSServer()
    let path = server.certificate + ".missing"
    await #expect(throws: TransferError.badCertificateAuthorities(path: path)) {
      try await client { $0.certificateAuthorities = path }
        .get(TransferRequest(url: server.url("/ok"), byteLimit: 10), into: RecordingSink())
    }
  }

  @Test func namesAPortThatDoesNotSpeakTLS() async throws {
    let plain = try ScriptedServer { _, _ in [] }
    let url = try RemoteURL("https://127.0.0.1:\(plain.port)/")
    let error = await #expect(throws: TransferError.self) {
      try await client().get(TransferRequest(url: url, byteLimit: 10), into: RecordingSink())
    }
    guard case .handshakeFailed = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

/// `/ok` answers “ok”; `/to/<port>` redirects to that port over plain http.
final class TLSServer: Sendable {
  private static let script = """
    import http.server, ssl, sys
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/to/"):
                self.send_response(302)
                self.send_header("Location", "http://127.0.0.1:" + self.path[4:] + "/")
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")
        def log_message(self, *arguments):
            pass
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[1], sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_port, flush=True)
    server.serve_forever()
    """

  static let isPossible = ["python3", "openssl"].allSatisfy { tool in
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    return path.split(separator: ":").contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(tool)") }
  }

  let certificate: String
  private let port: Int
  private let folder: URL
  private let process: SpawnedProcess

  init() throws {
    folder = FileManager.default.temporaryDirectory.appending(path: "transfer-tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    certificate = folder.appending(path: "certificate.pem").path
    let key = folder.appending(path: "key.pem").path
    let openssl = try SpawnedProcess(
      "/usr/bin/env",
      [
        "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1", "-addext",
        "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate,
      ])
    #expect(openssl.wait(seconds: 60) == 0)
    let output = folder.appending(path: "port").path
    process = try SpawnedProcess(
      "/usr/bin/env", ["python3", "-u", "-c", Self.script, certificate, key], output: output,
      errors: folder.appending(path: "errors").path)
    let deadline = Date(timeIntervalSinceNow: 20)
    var line = ""
    while !line.hasSuffix("\n"), Date() < deadline, process.isRunning {
      line = String(decoding: FileManager.default.contents(atPath: output) ?? Data(), as: UTF8.self)
      usleep(5_000)
    }
    port = try #require(Int(line.trimmingCharacters(in: .whitespacesAndNewlines)))
  }

  deinit {
    process.signal(SIGTERM)
    // Only a temporary folder: nothing depends on its going.
    try? FileManager.default.removeItem(at: folder)
  }

  func url(_ path: String) throws -> RemoteURL { try RemoteURL("https://127.0.0.1:\(port)\(path)") }
}
