/// Why the server cannot be where it was told to be. The operator's to change, but for `isInUse`, which may pass.
package enum ServingError: Error, Hashable, Sendable {
  case notPermitted(ListenAddress)
  /// No interface of this machine has it, or its name cannot be resolved.
  case unknownAddress(ListenAddress)
  /// Another program listens there: an earlier “maas-mirror serve”, or a web server.
  case isInUse(ListenAddress)
  case cannotListen(ListenAddress, reason: String)
  /// A socket that the service manager handed over.
  case cannotInherit(Int32, reason: String)
  case cannotLog(String, reason: String)
  /// A file of the certificate or its key.
  case badIdentity(String, reason: String)
  /// Where TLS was to be spoken.
  case noIdentity(String)
}

extension ServingError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notPermitted(let address):
      "cannot listen on \(address): this user may not; choose a port from 1024 up with [serve] listen, or let systemd "
        + "grant CAP_NET_BIND_SERVICE"
    case .unknownAddress(let address):
      "cannot listen on \(address): this machine has no such address; choose one that “ip address” shows, or 0.0.0.0 "
        + "for all, with [serve] listen"
    case .isInUse(let address):
      "cannot listen on \(address): another program does, perhaps another “maas-mirror serve”; end it "
        + "(“ss -ltnp sport = :\(address.port)” shows which it is), or choose another port with [serve] listen or --listen"
    case .cannotListen(let address, let reason):
      "cannot listen on \(address): \(reason); choose another address with [serve] listen"
    case .cannotInherit(let descriptor, let reason):
      "cannot listen on the socket that was handed over as descriptor \(descriptor): \(reason); mend the socket unit, "
        + "or start the service without it"
    case .badIdentity(let path, let reason):
      "cannot speak TLS with \(path): \(reason); mend the file, or change tls in [serve]"
    case .noIdentity(let place):
      "cannot speak TLS on \(place): there is no certificate; set tls = { certificate = …, key = … } in [serve]"
    case .cannotLog(let path, let reason):
      "cannot write the access log \(path): \(reason); let this user write it, or change [serve] access_log_file"
    }
  }
}
