import GRDB
package import Simplestreams

/// A version of a product, with what it is made of.
package struct ImageVersion: Sendable, Hashable {
  package var product: String
  package var version: String
  package var release: String
  package var architecture: String
  /// Its files; one that it has under two paths counts once.
  package var files: Set<SHA256Digest>

  package init(
    product: String, version: String, release: String, architecture: String, files: Set<SHA256Digest>
  ) {
    self.product = product
    self.version = version
    self.release = release
    self.architecture = architecture
    self.files = files
  }
}

/// A sign of life of a client.
package struct ClientSighting: Sendable, Hashable {
  package var client: String
  package var address: String
  package var agent: String?
  /// Seconds since 1970.
  package var time: Int64

  package init(client: String, address: String, agent: String?, time: Int64) {
    self.client = client
    self.address = address
    self.agent = agent
    self.time = time
  }
}

/// Answers with which a client got one file of a version, or a part of it.
package struct ClientTake: Sendable, Hashable {
  package var client: String
  package var publication: String
  package var image: ImageVersion
  package var file: SHA256Digest
  /// Times that it got the whole file, with one answer or with the last of several.
  package var complete: Int
  /// The other answers: those that were cut, and parts that were asked for.
  package var incomplete: Int
  package var bytes: Int64
  package var time: Int64

  package init(
    client: String, publication: String, image: ImageVersion, file: SHA256Digest, complete: Int, incomplete: Int,
    bytes: Int64, time: Int64
  ) {
    self.client = client
    self.publication = publication
    self.image = image
    self.file = file
    self.complete = complete
    self.incomplete = incomplete
    self.bytes = bytes
    self.time = time
  }
}

/// A version as it is published somewhere, whoever takes it.
package struct PublishedVersion: Sendable, Hashable {
  package var publication: String
  package var product: String
  package var version: String

  package init(publication: String, product: String, version: String) {
    self.publication = publication
    self.product = product
    self.version = version
  }

  package init(_ taken: TakenVersion) {
    self.init(publication: taken.publication, product: taken.product, version: taken.version)
  }

  init(_ take: ClientTake) {
    self.init(publication: take.publication, product: take.image.product, version: take.image.version)
  }
}

/// A client as the history knows it.
package struct KnownClient: Codable, Sendable, Equatable {
  package var id: String
  /// The last ones.
  package var address: String
  package var agent: String?
  package var firstSeen: Int64
  package var lastSeen: Int64
}

/// What a client has of one version of one product.
package struct TakenVersion: Codable, Sendable, Equatable {
  package var client: String
  package var publication: String
  package var product: String
  package var version: String
  package var release: String
  package var architecture: String
  /// How many files the version has, and how many of them the client got whole.
  package var files: Int
  package var held: Int
  package var complete: Int
  package var incomplete: Int
  package var bytes: Int64
  package var firstSeen: Int64
  package var lastSeen: Int64

  package var isWhole: Bool { held == files }
}

extension KnownClient: FetchableRecord, TableRecord {
  package static let databaseTableName = "client"
}

extension TakenVersion: FetchableRecord, TableRecord {
  package static let databaseTableName = "taken"
}
