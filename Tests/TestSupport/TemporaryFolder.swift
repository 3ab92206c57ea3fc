import Foundation

/// A folder for one test, gone with it.
package final class TemporaryFolder: Sendable {
  package let path: String

  /// - Parameter isInMemory: for who does not want to wait for a disk; where there is no /dev/shm it is on one all the same.
  package init(isInMemory: Bool = false) throws {
    let memory = URL(fileURLWithPath: "/dev/shm")
    let place =
      isInMemory && FileManager.default.isWritableFile(atPath: memory.path)
      ? memory : FileManager.default.temporaryDirectory
    path = place.appendingPathComponent("maas-mirror-test-\(UUID().uuidString.prefix(8))").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  package func file(_ name: String) -> String { "\(path)/\(name)" }

  package func write(_ bytes: [UInt8], _ name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: file(name)))
  }

  package func write(_ text: String, _ name: String) throws { try write(Array(text.utf8), name) }
}
