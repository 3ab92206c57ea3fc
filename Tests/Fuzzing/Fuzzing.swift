import Glibc

/// What libFuzzer calls with each input it makes up; `deploy/fuzz` builds and runs it. A crash, a trap, a broken
/// property, or an input that takes too long or too much memory is a finding.
@_cdecl("LLVMFuzzerTestOneInput")
package func fuzz(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  target.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
  return 0
}

/// Which reader is under test: `FUZZ_TARGET` names it.
private let target: FuzzTarget = {
  let name = getenv("FUZZ_TARGET").map { String(cString: $0) } ?? ""
  guard let target = FuzzTarget(rawValue: name) else {
    preconditionFailure("FUZZ_TARGET is one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))")
  }
  return target
}()

enum FuzzTarget: String, CaseIterable {
  case json, products, index, signed, keyring, configuration, response, words, request, fields

  func run(_ bytes: [UInt8]) {
    switch self {
    case .json: DocumentFuzzing.json(bytes)
    case .products: DocumentFuzzing.products(bytes)
    case .index: DocumentFuzzing.index(bytes)
    case .signed: TrustFuzzing.signed(bytes)
    case .keyring: TrustFuzzing.keyring(bytes)
    case .configuration: ConfigurationFuzzing.configuration(bytes)
    case .response: TransferFuzzing.response(bytes)
    case .words: TransferFuzzing.words(bytes)
    case .request: ServingFuzzing.request(bytes)
    case .fields: ServingFuzzing.fields(bytes)
    }
  }
}
