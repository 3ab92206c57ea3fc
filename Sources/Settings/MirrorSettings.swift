/// mirror.conf, read and checked.
package struct MirrorSettings: Sendable {
  /// The file it came from.
  package var file: String
  package var data: String
  package var serve: ServeSettings
  package var sync: SyncSettings
  package var cleanup: CleanupSettings
  package var signing: SigningSettings
  package var sources: [SourceSettings]
  package var publications: [PublicationSettings]
}

package struct SyncSettings: Sendable {
  package var connections: Int
  /// Bytes a second.
  package var rateLimit: Int64?
  package var proxy: Address?
  package var minFree: Int64
  package var allowExpiredKeys: Bool
  /// Seconds without progress that end a transfer.
  package var stall: Int64
  /// Bytes a second below which a transfer counts as one without progress; 0 for none.
  package var minRate: Int64
  package var retries: Int
  /// Globs of host names.
  package var allowRedirectsTo: [String]
  package var privateRedirects: Bool
  /// A PEM file to trust in place of the system's.
  package var ca: String?
}

package struct SigningSettings: Sendable, Equatable {
  /// A GnuPG home; `<data>/keys` when not set.
  package var home: String?
  package var key: String?
}

package struct SourceSettings: Sendable {
  package var name: String
  /// The same signed tree at each; tried in this order. None for one that comes in bundles alone.
  package var urls: [Address]
  package var keyring: String?
  package var unsigned: Bool
  package var keep: Int
  package var retention: RetentionSettings
  package var limits: UpstreamLimits
  package var bootloaders: Bool
  package var select: [SelectionRule]
  /// What `[sync]` says, with the source's own words over it.
  package var sync: SyncSettings
  package var line: Int?

  package var isCarried: Bool { urls.isEmpty }
}

/// One `[[source.select]]`: any product attribute, and the globs that it may match.
package struct SelectionRule: Sendable, Equatable {
  package struct Condition: Sendable, Equatable {
    package var attribute: String
    package var globs: [String]
    package init(attribute: String, globs: [String]) { (self.attribute, self.globs) = (attribute, globs) }
  }
  package var conditions: [Condition]
}

package struct PublicationSettings: Sendable, Equatable {
  package enum Signed: String, Sendable, CaseIterable { case local, upstream }
  package var path: String
  package var sources: [String]
  package var signed: Signed
  package var line: Int?
}
