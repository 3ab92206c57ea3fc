import Glibc

/// That a mirror was begun in a data folder, kept outside of it: a folder whose disk is away looks like one that is new, and
/// whoever begins anew there forgets what upstream must not take back, and what regions have.
package struct Beginning: Sendable {
  private let folder: DataFolder
  /// Where the mark may be: beside the configuration, or, where this user may not write there, beside the data folder, or in a
  /// folder that is there for such marks.
  private let places: [String]

  /// What the packaged units make for a service that may write nowhere else. By its name, so that whoever runs a command by
  /// hand looks there as well.
  package static let packagedFolder = "/var/lib/maas-mirror.begun"

  /// - Parameter stateFolders: those that systemd made for this process. One whose name ends in `.begun` is for marks.
  package init(_ folder: DataFolder, configuration: String, stateFolders: [String] = []) {
    self.folder = folder
    let marks = stateFolders.filter { $0.hasSuffix(".begun") } + [Self.packagedFolder]
    // A name has 255 bytes at most. Under a longer one nothing is found, and nothing can be written.
    let name = folder.root.split(separator: "/").joined(separator: "~")
    places = ["\(configuration).begun", "\(folder.root).begun"] + marks.map { "\($0)/\(name)" }
  }

  /// Throws where a mirror was begun and nothing of it is there.
  package func requireStillThere() throws(StorageError) {
    guard let mark = places.first(where: tells), try isBlank() else { return }
    throw .vanished(path: folder.root, mark: mark)
  }

  /// Leaves the mark, once there is something that could be lost.
  package func keep() throws(StorageError) {
    if places.contains(where: tells) { return }
    if try isBlank() { return }
    for place in places where write(to: place) { return }
  }

  private func isBlank() throws(StorageError) -> Bool {
    for names in [try FileSystem.names(in: folder.snapshots), try FileSystem.names(in: folder.publications)] {
      if names.contains(where: { $0.hasSuffix(".json") }) { return false }
    }
    return true
  }

  private func tells(_ place: String) -> Bool {
    // One that cannot be read tells nothing.
    guard let bytes = try? OpenFile(place, flags: O_NONBLOCK).readAll(limit: 1 << 16) else { return false }
    return bytes.prefix { $0 != UInt8(ascii: "\n") }.elementsEqual(folder.root.utf8)
  }

  /// Of a mark that is half written the first line is another path, or none: it tells nothing.
  private func write(to place: String) -> Bool {
    let text = """
      \(folder.root)
      maas-mirror keeps its images there. While this file is, it begins no other mirror in that folder: when nothing of it is
      found there, its disk is not mounted, or it was moved. To begin anew, remove this file.

      """
    // Where it may not be written the next place is tried, and where there is none all is as if nobody had asked.
    guard let file = try? OpenFile(place, flags: O_WRONLY | O_CREAT | O_TRUNC) else { return false }
    return (try? file.write(Array(text.utf8))) != nil && (try? file.synchronize()) != nil
  }
}
