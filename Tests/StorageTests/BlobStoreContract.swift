import Glibc
import Simplestreams
import Testing

@testable import Storage

/// What BlobStore.swift says every store MUST do. A new implementation adds a suite that calls these.
struct BlobStoreContract {
  let store: any BlobStore

  static let bytes = Array("some bytes of an image\n".utf8)
  static let digest = SHA256Digest(hashing: bytes)

  func write(_ bytes: [UInt8], to writer: any BlobWriter) throws { try bytes.withUnsafeBytes { try writer.append($0) } }

  private func all() throws -> [SHA256Digest: Int64] {
    var found: [SHA256Digest: Int64] = [:]
    try store.forEach { digest, size throws(StorageError) in found[digest] = size }
    return found
  }

  func knowsNothingOfABlobThatIsNotThere() throws {
    #expect(try store.size(of: Self.digest) == nil)
    #expect(throws: StorageError.missingBlob(Self.digest)) { try store.open(Self.digest) }
    #expect(throws: StorageError.missingBlob(Self.digest)) { try store.read(Self.digest, limit: 100) }
    #expect(try all().isEmpty)
  }

  func keepsBytesUnderTheirHash() throws {
    #expect(try store.insert(Self.bytes) == Self.digest)
    #expect(try store.size(of: Self.digest) == Int64(Self.bytes.count))
    #expect(try store.read(Self.digest, limit: 100) == Self.bytes)
    #expect(try all() == [Self.digest: Int64(Self.bytes.count)])
    try store.check(Self.digest)
  }

  func keepsTheEmptyBlob() throws {
    let digest = try store.insert([])
    #expect(try store.size(of: digest) == 0)
    #expect(try store.read(digest, limit: 0) == [])
    let received = try store.receive(digest, size: 0)
    try received.finish()
    #expect(try store.size(of: digest) == 0)
  }

  func puttingABlobAgainChangesNothing() throws {
    try store.insert(Self.bytes)
    let opened = try store.open(Self.digest)
    try store.insert(Self.bytes)
    let writer = try store.receive(Self.digest, size: Int64(Self.bytes.count))
    try write(Self.bytes, to: writer)
    try writer.finish()
    #expect(try opened.readAll(limit: 100) == Self.bytes)
    #expect(try store.read(Self.digest, limit: 100) == Self.bytes)
    #expect(try all().count == 1)
  }

  func showsABlobOnlyWhenItIsWhole() throws {
    let writer = try store.receive(Self.digest, size: Int64(Self.bytes.count))
    #expect(writer.position == 0)
    for byte in Self.bytes {
      #expect(try store.size(of: Self.digest) == nil)
      try write([byte], to: writer)
    }
    #expect(writer.position == Int64(Self.bytes.count))
    #expect(try store.size(of: Self.digest) == nil)
    #expect(try all().isEmpty)
    try writer.finish()
    #expect(try store.read(Self.digest, limit: 100) == Self.bytes)
  }

  func goesOnWhereAnEarlierWriterStopped() throws {
    do {
      let writer = try store.receive(Self.digest, size: Int64(Self.bytes.count))
      try write(Array(Self.bytes[..<7]), to: writer)
      try writer.suspend()
    }
    let writer = try store.receive(Self.digest, size: Int64(Self.bytes.count))
    #expect(writer.position == 7)
    try write(Array(Self.bytes[7...]), to: writer)
    try writer.finish()
    #expect(try store.read(Self.digest, limit: 100) == Self.bytes)
  }

  /// Longer than what a store may gather before it writes, in pieces that fit nothing.
  func keepsEveryByteOfALongBlob() throws {
    let long = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    let digest = SHA256Digest(hashing: long)
    var sent = 0
    for stop in [777_777, long.count] {
      let writer = try store.receive(digest, size: Int64(long.count))
      #expect(writer.position == Int64(sent))
      while sent < stop {
        let next = min(stop, sent + 16_381)
        try write(Array(long[sent..<next]), to: writer)
        sent = next
      }
      if sent < long.count { try writer.suspend() } else { try writer.finish() }
    }
    #expect(try store.read(digest, limit: long.count) == long)
  }

  /// An earlier writer that lives on a little must not write into what another goes on with.
  func aWriterThatWasLeftDoesNotWriteLater() throws {
    var old: (any BlobWriter)? = try store.receive(Self.digest, size: Int64(Self.bytes.count))
    try write(Array("wrong".utf8), to: try #require(old))
    let writer = try store.receive(Self.digest, size: Int64(Self.bytes.count))
    try writer.restart()
    try write(Self.bytes, to: writer)
    try writer.suspend()
    old = nil
    try writer.finish()
    #expect(try store.read(Self.digest, limit: 100) == Self.bytes)
  }

  func startsAgainWhenToldTo() throws {
    let writer = try store.receive(Self.digest, size: Int64(Self.bytes.count))
    try write(Array("wrong".utf8), to: writer)
    try writer.restart()
    #expect(writer.position == 0)
    try write(Self.bytes, to: writer)
    try writer.finish()
    #expect(try store.read(Self.digest, limit: 100) == Self.bytes)
  }

  func throwsAwayBytesOfAnotherHash() throws {
    let wrong = [UInt8](repeating: 0x21, count: Self.bytes.count)
    let writer = try store.receive(Self.digest, size: Int64(wrong.count))
    try write(wrong, to: writer)
    #expect(throws: StorageError.wrongHash(expected: Self.digest, found: SHA256Digest(hashing: wrong))) {
      try writer.finish()
    }
    #expect(try store.size(of: Self.digest) == nil)
    #expect(try store.size(of: SHA256Digest(hashing: wrong)) == nil)
    #expect(try all().isEmpty)
    #expect(try store.receive(Self.digest, size: Int64(wrong.count)).position == 0)
  }

  func knowsWhenABlobArrived() throws {
    #expect(try store.arrival(of: Self.digest) == nil)
    // Clocks of a store and of its user may differ.
    let before = Int64(time(nil))
    try store.insert(Self.bytes)
    let arrival = try #require(try store.arrival(of: Self.digest))
    #expect(abs(arrival - before) < 300)
  }

  func refusesMoreBytesThanAnnounced() throws {
    let writer = try store.receive(Self.digest, size: 5)
    #expect(throws: StorageError.wrongSize(Self.digest, expected: 5, found: Int64(Self.bytes.count))) {
      try write(Self.bytes, to: writer)
    }
    #expect(try store.size(of: Self.digest) == nil)
  }

  func refusesToFinishWithFewerBytesThanAnnounced() throws {
    let writer = try store.receive(Self.digest, size: Int64(Self.bytes.count) + 1)
    try write(Self.bytes, to: writer)
    let (announced, found) = (Int64(Self.bytes.count) + 1, Int64(Self.bytes.count))
    #expect(throws: StorageError.wrongSize(Self.digest, expected: announced, found: found)) { try writer.finish() }
    #expect(try store.size(of: Self.digest) == nil)
  }

  func forgetsABlobThatWasRemoved() throws {
    try store.insert(Self.bytes)
    try store.remove(Self.digest)
    #expect(try store.size(of: Self.digest) == nil)
    #expect(try all().isEmpty)
    try store.insert(Self.bytes)
    #expect(try store.read(Self.digest, limit: 100) == Self.bytes)
  }

  /// A reader that began before the removal ends as if nothing had happened.
  func anOpenBlobOutlivesItsRemoval() throws {
    try store.insert(Self.bytes)
    let opened = try store.open(Self.digest)
    try store.remove(Self.digest)
    #expect(try opened.readAll(limit: 100) == Self.bytes)
  }

  func keepsWhatIsMadePieceByPiece() throws {
    // More than is gathered before a write, and no whole number of that.
    let bytes = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    let draft = store.draft()
    for start in stride(from: 0, to: bytes.count, by: 70_001) {
      draft.append(Array(bytes[start..<min(start + 70_001, bytes.count)]))
    }
    #expect(draft.size == Int64(bytes.count))
    #expect(try all().isEmpty)
    let digest = try draft.keep()
    #expect(digest == SHA256Digest(hashing: bytes))
    #expect(try store.read(digest, limit: bytes.count) == bytes)
    #expect(try store.draft().keep() == SHA256Digest(hashing: []))
  }

  func aDraftOfWhatIsThereChangesNothing() throws {
    try store.insert(Self.bytes)
    let arrived = try store.arrival(of: Self.digest)
    let opened = try store.open(Self.digest)
    let draft = store.draft()
    draft.append(Self.bytes)
    #expect(try draft.keep() == Self.digest)
    #expect(try opened.readAll(limit: 100) == Self.bytes)
    #expect(try store.arrival(of: Self.digest) == arrived && all().count == 1)
  }

  func aDraftThatIsNotKeptLeavesNothing() throws {
    store.draft().append(Self.bytes)
    #expect(try all().isEmpty)
  }

  func takesBlobsFromManyThreadsAtOnce() async throws {
    let digests = try await withThrowingTaskGroup(of: SHA256Digest.self) { group in
      // Four tasks for each of fifty blobs, so that they meet.
      for number in 0..<200 { group.addTask { try store.insert(Array("blob \(number % 50)\n".utf8)) } }
      return try await group.reduce(into: Set()) { $0.insert($1) }
    }
    #expect(digests.count == 50)
    #expect(Set(try all().keys) == digests)
    for digest in digests { try store.check(digest) }
  }
}
