import Foundation
import Simplestreams
import TestSupport
import Testing

@testable import Storage

@Suite struct BeginningTests {
  private let folder: TemporaryFolder
  private let data: DataFolder

  init() throws {
    folder = try TemporaryFolder()
    data = DataFolder(root: folder.file("data"))
    try data.create()
  }

  private func fill() throws { try folder.write("{}", "data/snapshots/\(String(repeating: "a", count: 64)).json") }
  private func empty() throws { try FileManager.default.removeItem(atPath: data.snapshots) }

  @Test func nothingIsRememberedBeforeThereIsSomethingToLose() throws {
    let beginning = Beginning(data, configuration: folder.file("mirror.conf"))
    try beginning.keep()
    #expect(!FileManager.default.fileExists(atPath: folder.file("mirror.conf.begun")))
    try fill()
    try beginning.keep()
    try beginning.requireStillThere()
    try empty()
    let lost = StorageError.vanished(path: data.root, mark: folder.file("mirror.conf.begun"))
    #expect(throws: lost) { try beginning.requireStillThere() }
  }

  @Test func theMarkIsBesideTheDataWhereTheConfigurationCannotHaveIt() throws {
    let beginning = Beginning(data, configuration: folder.file("not/writable/mirror.conf"))
    try fill()
    try beginning.keep()
    try empty()
    let lost = StorageError.vanished(path: data.root, mark: "\(data.root).begun")
    #expect(throws: lost) { try beginning.requireStillThere() }
  }

  /// A service that may write to its state folders alone. One of the data folder's own would vanish with it.
  @Test func theMarkIsInAFolderForMarksWhereItCanBeNowhereElse() throws {
    let marks = folder.file("marks.begun")
    for name in [marks, "\(data.root).begun"] {
      try FileManager.default.createDirectory(atPath: name, withIntermediateDirectories: true)
    }
    let configuration = folder.file("not/writable/mirror.conf")
    let beginning = Beginning(data, configuration: configuration, stateFolders: [data.root, marks])
    let other = Beginning(
      DataFolder(root: folder.file("other")), configuration: configuration, stateFolders: [data.root, marks])
    try fill()
    try beginning.keep()
    try beginning.requireStillThere()
    try empty()
    let names = try FileManager.default.contentsOfDirectory(atPath: marks)
    #expect(names == [String(data.root.dropFirst()).replacing("/", with: "~")])
    let lost = StorageError.vanished(path: data.root, mark: "\(marks)/\(names[0])")
    #expect(throws: lost) { try beginning.requireStillThere() }
    // Several mirrors have one such folder between them.
    try other.requireStillThere()
  }

  @Test func aMarkOfAnotherFolderOrHalfOfOneTellsNothing() throws {
    let beginning = Beginning(data, configuration: folder.file("mirror.conf"))
    for text in ["\(data.root)2\n", String(data.root.dropLast()), "", "\n\(data.root)\n"] {
      try folder.write(text, "mirror.conf.begun")
      try beginning.requireStillThere()
    }
    try fill()
    try beginning.keep()
    #expect(try String(contentsOfFile: folder.file("mirror.conf.begun"), encoding: .utf8).hasPrefix("\(data.root)\n"))
  }

  /// What lies above may be a disk that went away.
  @Test func noBlobMakesItsDataFolderAgain() throws {
    let store = FileBlobStore(data)
    let writer = try store.receive(SHA256Digest(hashing: [1]), size: 1)
    try [1].withUnsafeBytes { try writer.append(UnsafeRawBufferPointer(rebasing: $0[..<1])) }
    #expect(rename(data.root, folder.file("elsewhere")) == 0)
    #expect(throws: StorageError.self) { try writer.finish() }
    #expect(throws: StorageError.self) { try store.insert([2]) }
    #expect(!FileManager.default.fileExists(atPath: data.root))
  }
}
