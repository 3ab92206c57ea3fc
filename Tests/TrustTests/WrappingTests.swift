import Foundation
import TestSupport
import Testing

@testable import Trust

/// Signature wrapping: a signature that is good, of a text that is not the one it is shown with.
@Suite struct WrappingTests {
  private static let text = "{\n \"format\": \"index:1.0\"\n}\n"
  private static let forged = "{\"format\": \"forged\"}\n"

  private let gpg: CommandLineGPG
  private let key: Fingerprint
  private let keyring: Keyring

  init() throws {
    gpg = try CommandLineGPG()
    key = try gpg.makeKey("signer")
    keyring = try Keyring(bytes: try gpg.export(key), name: "test.gpg")
  }

  private func armoured(_ packets: [UInt8], _ label: String = "SIGNATURE") -> String {
    let lines = Data(packets).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
    return "-----BEGIN PGP \(label)-----\n\n\(lines)\n-----END PGP \(label)-----\n"
  }

  /// A literal data packet that nobody signed.
  private var literal: [UInt8] {
    [0xCB, UInt8(6 + Self.forged.utf8.count), 0x62, 0, 0, 0, 0, 0] + Array(Self.forged.utf8)
  }

  @Test func refusesATextOverAWholeMessageInThePlaceOfItsSignature() throws {
    let inline = try gpg.inlineSign(Self.text, with: key)
    for text in [Self.forged, "", Self.text] {
      let message = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\n\(text)" + armoured(inline)
      let reason = "its signature block holds more than signatures"
      #expect(throws: TrustError.malformed(object: "index", reason: reason)) {
        try keyring.verify(clearSigned: Array(message.utf8), as: "index", now: now)
      }
    }
  }

  @Test func refusesATextBesideTheSignatureInItsBlock() throws {
    let signed = String(decoding: try gpg.clearSign(Self.text, with: key), as: UTF8.self)
    let start = try #require(signed.range(of: "-----BEGIN PGP SIGNATURE"))
    let packets = try #require(try Armour.blocks(in: Array(signed[start.lowerBound...].utf8)).first).data
    for block in [packets + literal, literal + packets] {
      let message = signed[..<start.lowerBound] + armoured(block)
      #expect(throws: TrustError.self) {
        try keyring.verify(clearSigned: Array(message.utf8), as: "index", now: now)
      }
    }
    // The same block rebuilt without it is good: it is the text that is refused.
    let whole = Array((signed[..<start.lowerBound] + armoured(packets)).utf8)
    #expect(try keyring.verify(clearSigned: whole, as: "index", now: now).payload == Array(Self.text.utf8))
  }

  @Test func refusesAMessageInThePlaceOfADetachedSignature() throws {
    let inline = try gpg.inlineSign(Self.text, with: key)
    let detached = try gpg.detachSign(Self.text, with: key)
    let impostors = [
      inline, inline + detached, detached + inline, detached + literal, Array(armoured(inline).utf8),
      Array(armoured(inline, "MESSAGE").utf8), try gpg.clearSign(Self.text, with: key),
      detached + [0, 1, 2, 3], detached.dropLast(), Array(armoured(detached).utf8.dropLast(40)),
      Array((armoured(detached) + armoured(detached)).utf8),
    ]
    for (number, impostor) in impostors.enumerated() {
      for text in [Self.text, Self.forged] {
        let error = #expect(throws: TrustError.self, "impostor \(number)") {
          try keyring.verify(Array(text.utf8), detachedSignature: impostor, as: "index", now: now)
        }
        guard case .malformedSignature? = error else {
          return #expect(Bool(false), "impostor \(number): \(String(describing: error))")
        }
      }
    }
  }

  @Test func takesADetachedSignatureInEitherForm() throws {
    let detached = try gpg.detachSign(Self.text, with: key)
    for signature in [detached, Array(armoured(detached).utf8)] {
      let document = try keyring.verify(
        Array(Self.text.utf8), detachedSignature: signature, as: "index", now: now)
      #expect(document.payload == Array(Self.text.utf8))
    }
  }

  /// What gpg leaves out of the signature it leaves out of the payload as well.
  @Test(arguments: [" ", "\t \t", "\0", String(repeating: " ", count: 20_000) + "forged"])
  func whatTheSignatureDoesNotCoverIsNoPartOfThePayload(tail: String) throws {
    let signed = String(decoding: try gpg.clearSign(Self.text, with: key), as: UTF8.self)
    let longer = signed.replacing("\"index:1.0\"\n", with: "\"index:1.0\"\(tail)\n")
    #expect(longer != signed)
    #expect(
      try keyring.verify(clearSigned: Array(longer.utf8), as: "index", now: now).payload == Array(Self.text.utf8))
  }
}
