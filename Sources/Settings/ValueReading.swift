import Glibc

/// Values that are more than TOML's own types: paths, addresses, sizes and durations.
extension TableReader {
  /// A path of the file system. A relative one is meant from the configuration file's folder.
  func path(at key: String) -> String? {
    guard let path = string(key) else { return nil }
    if path.hasPrefix("~/") || path == "~" {
      wrong(
        key, "“\(key)” \(Quote.safe(path)) begins with ~, which only a shell reads as a home", "write the whole path")
      return nil
    }
    if path.hasPrefix("/") { return path }
    guard let slash = findings.file.lastIndex(of: "/") else { return path }
    return "\(findings.file[..<slash])/\(path)"
  }

  /// Tells a file that is not there or cannot be read; `false` for one.
  @discardableResult
  func requireFile(_ path: String, at key: String, _ remedy: String) -> Bool {
    var status = stat()
    if access(path, R_OK) != 0 {
      wrong(key, "“\(key)” \(Quote.safe(path)) cannot be read (\(String(cString: strerror(errno))))", remedy)
    } else if stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
      wrong(key, "“\(key)” \(Quote.safe(path)) is a folder", remedy)
    } else {
      return true
    }
    return false
  }

  /// Tells a file that holds no certificate, before a transfer does, far from its line.
  func requireCertificates(_ path: String, at key: String) {
    let remedy = "name a PEM file with the certificates to trust"
    // What is too large to be looked at here is told where it is used.
    guard requireFile(path, at: key, remedy), let bytes = try? ConfigurationFile.bytes(of: path) else { return }
    // The names beside the certificates may be in any encoding.
    let text = String(decoding: bytes, as: UTF8.self)
    if !text.contains("-----BEGIN CERTIFICATE-----"), !text.contains("-----BEGIN TRUSTED CERTIFICATE-----") {
      wrong(key, "“\(key)” \(Quote.safe(path)) has no certificate in it", remedy)
    }
  }

  /// Tells a folder that is not there.
  func requireFolder(_ path: String, at key: String, _ remedy: String) {
    var status = stat()
    if stat(path, &status) != 0 {
      wrong(key, "“\(key)” \(Quote.safe(path)) cannot be read (\(String(cString: strerror(errno))))", remedy)
    } else if status.st_mode & S_IFMT != S_IFDIR {
      wrong(key, "“\(key)” \(Quote.safe(path)) is no folder", remedy)
    }
  }

  /// The text is never shown: it may hold a password in a form that is not recognised.
  func address(_ key: String) -> Address? {
    guard let text = string(key) else { return nil }
    do throws(Address.Refusal) {
      return try Address(text)
    } catch {
      let (fault, remedy) = error.told
      wrong(key, "“\(key)” \(fault)", remedy)
      return nil
    }
  }

  /// A list of addresses that differ. `nil` when it is not there, or has a fault.
  func addresses(_ key: String) -> [Address]? {
    guard let texts = strings(key) else { return nil }
    if texts.isEmpty, node(key)?.isEmptyList == true {
      wrong(key, "“\(key)” is empty", "name at least one address")
    }
    var addresses: [Address] = []
    for (index, text) in texts.enumerated() {
      do throws(Address.Refusal) {
        let address = try Address(text)
        if let first = addresses.firstIndex(of: address) {
          wrong(
            key, at: index, "the addresses \(first + 1) and \(index + 1) of “\(key)” are the same", "name each once")
        }
        addresses.append(address)
      } catch {
        let (fault, remedy) = error.told
        wrong(key, at: index, "address \(index + 1) of “\(key)” \(fault)", remedy)
      }
    }
    return addresses.isEmpty || addresses.count < texts.count ? nil : addresses
  }

  func duration(_ key: String, atLeast least: Int64 = 0) -> Int64? {
    quantity(key, "a duration, as in \"7 days\" or \"30 s\"") { text in
      Quantity.seconds(text).flatMap { $0 >= least ? $0 : nil }
    }
  }

  func size(_ key: String) -> Int64? { quantity(key, "a size, as in \"10 GB\"", Quantity.bytes) }
  func rate(_ key: String) -> Int64? { quantity(key, "a rate above 0, as in \"50 MB/s\"", Quantity.rate) }
  func percent(_ key: String) -> Int? {
    quantity(key, "a share from \"0 %\" to \"100 %\"", Quantity.percent).map { Int($0) }
  }

  /// A whole number is one of the basic unit.
  private func quantity(_ key: String, _ form: String, _ read: (String) -> Int64?) -> Int64? {
    let text: String
    switch node(key) {
    case nil: return nil
    case .integer(let number)?: text = "\(number)"
    case .string(let written)?: text = written
    case let other?:
      wrong(key, "“\(key)” is \(other.typeName)", "write \(form)")
      return nil
    }
    if let value = read(text) { return value }
    wrong(key, "“\(key)” is \(Quote.text(text))", "write \(form)")
    return nil
  }
}
