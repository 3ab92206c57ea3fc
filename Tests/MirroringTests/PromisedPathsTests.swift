import Simplestreams
import Testing

@testable import Mirroring
@testable import Storage

@Suite struct PromisedPathsTests {
  private let path: TreePath

  init() throws { path = try TreePath(item: "noble/squashfs") }

  private func file(_ path: TreePath, _ number: UInt8) -> ListedFile {
    let digest = SHA256Digest(bytes: [UInt8](repeating: number, count: 32))!
    return ListedFile(path: path, content: FileContent(sha256: digest, size: Int64(number)))
  }

  /// Trees of the grace period may differ; what any of them has is kept.
  @Test func everyFileOfAPathIsPromised() throws {
    let other = try TreePath(item: "noble/manifest")
    let listed = Set([file(path, 1), file(path, 2), file(path, 3), file(other, 4)])
    let promised = PromisedPaths(listed) { $0.size != 3 }
    for number: UInt8 in [1, 2] { #expect(promised.keeps(path, as: file(path, number).content.sha256)) }
    // What is lost cannot be promised, nor in its place something else.
    for number: UInt8 in [3, 4] { #expect(!promised.keeps(path, as: file(path, number).content.sha256)) }
    #expect(promised.keeps(try TreePath(item: "jammy/squashfs"), as: file(path, 9).content.sha256))
    #expect(promised.broken(by: [file(path, 1), file(other, 4), file(other, 1)]) == other)
    #expect(promised.broken(by: [file(path, 2), file(other, 4)]) == nil)
  }

  @Test func aFileIsFoundAmongManyWhateverTheirOrder() throws {
    var files = try (0..<100).map { number in
      PublishedTree.File(
        path: try TreePath(item: "noble/\(number)"), sha256: file(path, 1).content.sha256, size: Int64(number),
        modified: 0)
    }
    files.reverse()
    let inOrder = files.inOrder
    #expect(zip(inOrder, inOrder.dropFirst()).allSatisfy { $0.path < $1.path })
    for file in files { #expect(inOrder.file(at: file.path) == file) }
    #expect(inOrder.file(at: path) == nil && [PublishedTree.File]().inOrder.file(at: path) == nil)
    #expect(inOrder.inOrder == inOrder)
  }
}
