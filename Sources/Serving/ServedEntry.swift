import Simplestreams
import Storage

extension TreeView {
  /// A file that is served, in all its forms.
  final class Entry: Sendable {
    /// Its `PathKey`, from the server's root; empty for what belongs to the server.
    let key: String
    let digest: SHA256Digest
    let size: Int64
    /// Seconds since 1970.
    let modified: Int64
    let isDocument: Bool
    let zstd: PublishedTree.Packed?
    let gzip: PublishedTree.Packed?
    let type: String
    /// What it is published in; `nil` for what belongs to the server.
    let publication: String?
    // Made at the first request: a tree has thousands of files, and within the grace period there are many trees.
    private let plainForm = SetOnce<FileForm>()
    private let zstdForm = SetOnce<FileForm>()
    private let gzipForm = SetOnce<FileForm>()

    init(
      key: String = "", digest: SHA256Digest, size: Int64, modified: Int64, isDocument: Bool,
      zstd: PublishedTree.Packed? = nil,
      gzip: PublishedTree.Packed? = nil, type: String = MediaType.unknown, publication: String? = nil
    ) {
      self.key = key
      self.digest = digest
      self.size = size
      self.modified = modified
      self.isDocument = isDocument
      self.zstd = zstd
      self.gzip = gzip
      self.type = type
      self.publication = publication
    }

    /// The codings that it may be had in.
    var codings: [ContentCoding] { ContentCoding.allCases.filter { self[$0] != nil } }
    var isNegotiated: Bool { zstd != nil || gzip != nil }

    subscript(coding: ContentCoding) -> PublishedTree.Packed? {
      switch coding {
      case .zstd: zstd
      case .gzip: gzip
      }
    }

    /// In a coding that there is; as it is for any other.
    func form(in coding: ContentCoding?) -> FileForm {
      switch coding {
      case .zstd?:
        if let zstd { return zstdForm.load() ?? zstdForm.storeIfNil(FileForm(self, zstd, coding: .zstd)) }
      case .gzip?:
        if let gzip { return gzipForm.load() ?? gzipForm.storeIfNil(FileForm(self, gzip, coding: .gzip)) }
      case nil: break
      }
      return plainForm.load()
        ?? plainForm.storeIfNil(FileForm(self, .init(sha256: digest, size: size), coding: nil))
    }
  }
}
