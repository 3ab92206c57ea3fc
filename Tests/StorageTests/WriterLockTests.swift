import Foundation
import TestSupport
import Testing

@testable import Storage

/// flock belongs to an open file, so a second one in this process stands for another process.
@Suite struct WriterLockTests {
  private let folder: TemporaryFolder
  private let data: DataFolder

  init() throws {
    folder = try TemporaryFolder()
    data = DataFolder(root: folder.path)
  }

  @Test func keepsASecondWriterOutAndSaysWhoHoldsIt() throws {
    let lock = try WriterLock(data, purpose: "sync")
    let holder = "sync, process \(ProcessInfo.processInfo.processIdentifier)"
    #expect(throws: StorageError.locked(path: data.lock, holder: holder)) { try WriterLock(data, purpose: "gc") }
    withExtendedLifetime(lock) {}
  }

  @Test func letsTheNextWriterInWhenTheFirstIsDone() throws {
    do { withExtendedLifetime(try WriterLock(data, purpose: "a purpose with a long name")) {} }
    let next = try WriterLock(data, purpose: "gc")
    let text = FileManager.default.contents(atPath: data.lock).map { String(decoding: $0, as: UTF8.self) }
    #expect(text == "gc, process \(ProcessInfo.processInfo.processIdentifier)\n")
    withExtendedLifetime(next) {}
  }

  @Test func waitsForAnotherWriterAsLongAsItMay() throws {
    let lock = try WriterLock(data, purpose: "sync")
    var told: [String] = []
    let start = ContinuousClock.now
    #expect(throws: StorageError.self) {
      try WriterLock(data, purpose: "gc", waiting: .milliseconds(300)) { told.append($0) }
    }
    #expect(ContinuousClock.now - start >= .milliseconds(300))
    #expect(told == ["sync, process \(ProcessInfo.processInfo.processIdentifier)"])
    withExtendedLifetime(lock) {}
  }

  @Test func anotherProcessFindsItTaken() throws {
    let lock = try WriterLock(data, purpose: "sync")
    #expect(try ProcessRun.run("/usr/bin/flock", ["--nonblock", data.lock, "true"]).code == 1)
    withExtendedLifetime(lock) {}
  }

  @Test func aLockFileThatIsRemovedLetsNobodyIn() throws {
    let lock = try WriterLock(data, purpose: "sync")
    #expect(unlink(data.lock) == 0)
    #expect(throws: StorageError.locked(path: data.lock, holder: "unknown")) { try WriterLock(data, purpose: "gc") }
    withExtendedLifetime(lock) {}
  }

  @Test func noticesThatTheDataFolderIsAnother() throws {
    let moved = DataFolder(root: folder.file("data"))
    #expect(mkdir(moved.root, 0o755) == 0)
    let lock = try WriterLock(moved, purpose: "sync")
    try lock.requireInPlace()
    #expect(rename(moved.root, folder.file("elsewhere")) == 0)
    #expect(throws: StorageError.moved(path: moved.root)) { try lock.requireInPlace() }
    #expect(mkdir(moved.root, 0o755) == 0)
    #expect(throws: StorageError.moved(path: moved.root)) { try lock.requireInPlace() }
    #expect(rmdir(moved.root) == 0 && rename(folder.file("elsewhere"), moved.root) == 0)
    try lock.requireInPlace()
  }

  /// An inherited descriptor would keep the lock after its holder's end.
  @Test func aChildProcessDoesNotInheritIt() throws {
    let lock = try WriterLock(data, purpose: "sync")
    let open = try ProcessRun.run("/bin/sh", ["-c", "readlink /proc/self/fd/* | grep -c '/lock$'"])
    #expect(open.output == "0\n")
    withExtendedLifetime(lock) {}
  }

  /// Killed between fork and exec of a program that it started, a writer leaves the lock to that program for a moment.
  @Test func aHolderThatHasEndedIsWaitedForAMoment() throws {
    let ended = try SpawnedProcess("/bin/true", [])
    #expect(ended.wait(seconds: 10) == 0)
    try folder.write("publish, process \(ended.id)\n", "lock")
    // It has the lock until somebody opens the other end.
    let fifo = folder.file("fifo")
    #expect(mkfifo(fifo, 0o600) == 0)
    let heir = try SpawnedProcess("/usr/bin/flock", [data.lock, "/bin/cat", fifo])
    for _ in 0..<500 {
      if try ProcessRun.run("/usr/bin/flock", ["--nonblock", data.lock, "true"]).code == 1 { break }
      usleep(10_000)
    }
    #expect(throws: StorageError.locked(path: data.lock, holder: "publish, process \(ended.id)")) {
      try WriterLock(data, purpose: "gc", afterlife: .milliseconds(100))
    }
    let release = Thread { close(open(fifo, O_WRONLY)) }
    release.start()
    let lock = try WriterLock(data, purpose: "gc", afterlife: .seconds(30))
    #expect(heir.wait(seconds: 10) == 0)
    withExtendedLifetime(lock) {}
  }

  @Test func locksOfTwoDataFoldersDoNotMeet() throws {
    let other = try TemporaryFolder()
    let one = try WriterLock(data, purpose: "sync")
    let two = try WriterLock(DataFolder(root: other.path), purpose: "sync")
    withExtendedLifetime((one, two)) {}
  }

  @Test func saysThatTheFolderIsNotThere() throws {
    let nowhere = DataFolder(root: folder.file("none"))
    #expect(
      throws: StorageError.system(operation: "open", path: nowhere.lock, reason: "No such file or directory")
    ) { try WriterLock(nowhere, purpose: "sync") }
  }
}
