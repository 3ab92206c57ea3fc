import Glibc
package import Simplestreams

/// What can go wrong between the mirror and its own disk. Each case names the thing; `description` adds the remedy.
package enum StorageError: Error, Sendable, Hashable {
  /// The file system is full (ENOSPC, EDQUOT).
  case noSpace(path: String)
  /// The system refused an operation; `reason` is the system's text.
  case system(operation: String, path: String, reason: String, remedy: Remedy = .folder)
  /// Bytes that do not hash to their name, or are not as many as announced.
  case wrongHash(expected: SHA256Digest, found: SHA256Digest)
  case wrongSize(SHA256Digest, expected: Int64, found: Int64)
  case missingBlob(SHA256Digest)
  /// A snapshot or publication file that cannot be read as one.
  case malformed(path: String, reason: String)
  /// A disk that should hold the data folder, or a part of it, is not mounted.
  case notMounted(path: String, point: String)
  /// A mirror was begun there, as `mark` says, and nothing of it is there any more.
  case vanished(path: String, mark: String)
  /// The data folder was moved, or another stands in its place, since the writer began.
  case moved(path: String)
  /// No mirror was begun there yet.
  case noMirror(path: String)
  /// There is no bundle there.
  case noBundle(path: String)
  /// A bundle that cannot be used as it is.
  case badBundle(path: String, reason: String)
  /// What is there is no bundle, and must not become one: `what` is of something else.
  case noPlaceForBundle(path: String, what: String)
  /// Another writer holds the data folder's lock.
  case locked(path: String, holder: String)

  /// Whether something in the store is not what it was, rather than the disk being out of reach.
  package var isDamage: Bool {
    switch self {
    case .missingBlob, .wrongHash, .malformed: true
    default: false
    }
  }

  /// What helps.
  package enum Remedy: Sendable, Hashable { case folder, device, mount, files, fileSize }
}

extension StorageError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noSpace(let path):
      "no space left while writing \(path); free some space or choose fewer releases, then run the command again: "
        + "what was fetched is kept"
    case .system(let operation, let path, let reason, let remedy):
      "cannot \(operation) \(path): \(reason); \(remedy)"
    case .wrongHash(let expected, let found):
      "the bytes of blob \(expected) hash to \(found), so they are not used; “maas-mirror sync --publish” fetches it again"
    case .wrongSize(let digest, let expected, let found):
      "blob \(digest) should have \(expected) bytes, but has \(found)"
    case .missingBlob(let digest):
      "blob \(digest) is not in the store; “maas-mirror sync --publish” brings it back, or “import --publish” where it is carried"
    case .malformed(let path, let reason):
      "\(path) is damaged: \(reason); restore it from a backup, or let “maas-mirror sync --publish” do without it"
    case .notMounted(let path, let point):
      "\(point) is empty or should have a disk that is not mounted, so \(path) is not the data folder that was here; mount "
        + "the disk, or correct /etc/fstab"
    case .vanished(let path, let mark):
      "a mirror was begun in \(path), and nothing of it is there: its disk is not mounted, or it was moved; bring it back, or "
        + "remove \(mark) to begin anew"
    case .moved(let path):
      "\(path) is no longer the data folder that it was when this began: it was moved, or its disk is gone; nothing more is done. "
        + "Bring it back, and run the command again"
    case .noMirror(let path):
      "there is no mirror in \(path) yet; “maas-mirror sync --publish” begins one, unless “data” in mirror.conf should name "
        + "another folder"
    case .noBundle(let path):
      "there is no bundle in \(path): name the folder that “maas-mirror export” was given, with the medium mounted"
    case .badBundle(let path, let reason):
      "\(path) cannot be used: \(reason); export to it again"
    case .noPlaceForBundle(let path, let what):
      "nothing is exported to \(path), because \(what) there is no part of a bundle: name an empty folder, or a new one"
    case .locked(let path, let holder):
      "another maas-mirror is writing (\(holder), lock \(path)); wait for it to end, then run the command again"
    }
  }
}

extension StorageError.Remedy: CustomStringConvertible {
  /// Of the system's error number.
  init(_ code: Int32) {
    switch code {
    case EIO, ENXIO, ENODEV, EREMOTEIO, EUCLEAN, ESTALE, ETIMEDOUT: self = .device
    case EROFS: self = .mount
    case EMFILE, ENFILE: self = .files
    case EFBIG: self = .fileSize
    default: self = .folder
    }
  }

  package var description: String {
    switch self {
    case .folder: "check that the folder exists and that this user may write to it"
    case .device: "the disk or the way to it fails: see the kernel's log (dmesg), and check the disk before it goes on"
    case .mount:
      "a medium may be write-protected, and the kernel makes a disk read-only when it fails: see its log (dmesg), then mount it writable again"
    case .fileSize:
      "its file system, or a limit of this process, takes no file that large: FAT ends at 4 GiB, ext4 and exFAT do not"
    case .files: "this process may open no more files; raise its limit (LimitNOFILE= of its systemd unit)"
    }
  }
}
