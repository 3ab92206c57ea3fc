import Foundation
import Testing

@testable import Settings

/// The files that people start from.
@Suite struct ConfigurationFileTests {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static let seeds: [String] = {
    let folder = root.appendingPathComponent("seeds/conf").path
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".conf") }.sorted().map { "seeds/conf/\($0)" }
  }()

  @Test(arguments: ["mirror.conf"] + seeds)
  func everyFileThatIsDeliveredIsRight(name: String) throws {
    let text = try String(contentsOf: Self.root.appendingPathComponent(name), encoding: .utf8)
    let settings = try MirrorSettings.parse(text, file: name, checkFiles: false)
    #expect(!settings.sources.isEmpty)
    #expect(!settings.publications.isEmpty)
    #expect(text.hasPrefix("# Title: "))
  }

  /// Whoever removes the “#” before a key of the example gets what the comment says.
  @Test func everyKeyThatTheExampleShowsIsKnown() throws {
    let text = try String(contentsOf: Self.root.appendingPathComponent("mirror.conf"), encoding: .utf8)
    let shown = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      line.firstMatch(of: /^# ([a-z_]+ = |\[)/) == nil ? line : line.dropFirst(2)
    }
    let full = shown.joined(separator: "\n")
    #expect(full.contains("\n[signing]\nhome = "))
    #expect(Parsing.problems(full).isEmpty)
  }

  @Test func thereAreSeeds() { #expect(Self.seeds.contains("seeds/conf/default.conf")) }

  @Test func aMissingFileIsAProblemOfTheFile() {
    let error = #expect(throws: SettingsError.self) { try MirrorSettings.load("/nowhere/mirror.conf") }
    #expect(error?.problems.map(\.what) == ["there is no such file"])
    #expect(error?.problems.first?.remedy.contains("maas-mirror init") == true)
    #expect(error?.problems.map(\.line) == [nil])
  }

  @Test func aKeyringThatCannotBeReadIsAProblemInItsLine() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("maas-mirror-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("mirror.conf")
    try Data(Parsing.good.replacing("/usr/share/keyrings/a.gpg", with: "a.gpg").utf8).write(to: file)
    let error = #expect(throws: SettingsError.self) { try MirrorSettings.load(file.path) }
    #expect(error?.problems.map(\.line) == [5])
    try Data().write(to: folder.appendingPathComponent("a.gpg"))
    #expect(try MirrorSettings.load(file.path).sources.map(\.keyring) == [folder.appendingPathComponent("a.gpg").path])
  }

  @Test func aFolderIsNoConfigurationAndNoKeyring() throws {
    let folder = FileManager.default.temporaryDirectory
    let error = #expect(throws: SettingsError.self) { try MirrorSettings.load(folder.path) }
    #expect(error?.problems.map(\.what) == ["it is a folder"])
    let text = Parsing.good.replacing("/usr/share/keyrings/a.gpg", with: folder.path)
    let refused = #expect(throws: SettingsError.self) {
      try MirrorSettings.parse(text, file: "mirror.conf", checkFiles: true)
    }
    #expect(refused?.problems.map(\.line) == [5])
    #expect(refused?.description.contains("is a folder") == true)
  }

  @Test func aFileThatIsNotUTF8IsRefused() throws {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("maas-mirror-\(UUID().uuidString).conf")
    defer { try? FileManager.default.removeItem(at: file) }
    try Data([0x64, 0xE4, 0x0A]).write(to: file)
    let error = #expect(throws: SettingsError.self) { try MirrorSettings.load(file.path) }
    #expect(error?.problems.map(\.what) == ["it is not UTF-8 text"])
  }
}
