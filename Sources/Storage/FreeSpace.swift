import Glibc

package enum FreeSpace {
  /// Bytes that this user may still write to the file system of a path.
  package static func bytes(at path: String) throws(StorageError) -> Int64 {
    var status = statvfs()
    if statvfs(path, &status) != 0 { throw FileSystem.failure("ask for the free space of", path) }
    return Int64(status.f_bavail) * Int64(status.f_frsize)
  }
}

extension FreeSpace {
  /// For a folder that is not made yet: of the nearest one above that is there.
  package static func nearest(to path: String) throws(StorageError) -> Int64 {
    var path = path
    while try FileSystem.status(path) == nil, FileSystem.parent(of: path) != path { path = FileSystem.parent(of: path) }
    return try bytes(at: path)
  }
}
