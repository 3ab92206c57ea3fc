import Simplestreams
import Testing

@testable import Mirroring

@Suite struct SyncProgressTests {
  private let progress = SyncProgress()
  private let path: TreePath

  init() throws { path = try TreePath(item: "noble/amd64/20260101/squashfs") }

  /// A server that knows no ranges sends from the start. What was there before is not there any more, and the rate, which is
  /// what came beyond it, would stand at nothing for as long as it takes to receive it again.
  @Test func aFileThatComesFromItsStartAgainHoldsNothingOfBefore() {
    let file = progress.begin(path, size: 100, held: 60)
    #expect(progress.bytesDone == 60 && progress.bytesHeld == 60)
    progress.restart(file)
    progress.add(30, to: file)
    #expect(progress.bytesDone == 30 && progress.bytesHeld == 0)
    progress.end(file, done: true)
    #expect(progress.bytesDone == 30 && progress.filesDone == 1 && progress.activeFiles.isEmpty)
  }

  @Test func aFileThatCannotBeHadIsNotCounted() {
    let file = progress.begin(path, size: 100, held: 60)
    progress.add(10, to: file)
    progress.end(file, done: false)
    #expect(progress.bytesDone == 0 && progress.bytesHeld == 0)
    #expect(progress.filesDone == 0 && progress.activeFiles.isEmpty)
  }
}
