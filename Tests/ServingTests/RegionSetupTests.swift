import Storage
import Testing

@testable import Serving

/// The lines that point a region here.
@Suite struct RegionSetupTests {
  private static let path = PublicationPath("ephemeral-v3/stable")!

  private func setup(
    _ items: [String], signed: PublishedTree.Signing = .local, keyring: String? = nil
  ) throws -> RegionSetup {
    RegionSetup(
      Self.path, signed: signed, server: "http://mirror:8080", upstreamKeyring: keyring,
      tree: try SampleView.tree(items: items))
  }

  /// In the order in which MAAS needs them, with selections of what is there, and without the id of anybody's source.
  @Test func theLinesSelectWhatIsPublished() throws {
    let setup = try setup([
      "noble/arm64/20260101/squashfs", "noble/amd64/20260101/squashfs", "jammy/amd64/20260101/squashfs",
      "centos/centos70/amd64/20240604_01/root-tgz", "bootloaders/uefi/amd64/20210819.0/shim.tar.xz", "other/file",
    ])
    let create = "maas $PROFILE boot-source-selections create $ID os="
    #expect(
      setup.commands == [
        "wget -O /var/snap/maas/common/maas-mirror.gpg http://mirror:8080/keyring.gpg",
        "maas $PROFILE boot-sources read",
        "maas $PROFILE boot-source update $ID url=http://mirror:8080/ephemeral-v3/stable/ "
          + "keyring_filename=/var/snap/maas/common/maas-mirror.gpg",
        create + "centos release=centos70 arches=amd64 subarches=\"*\" labels=\"*\"",
        create + "ubuntu release=jammy arches=amd64 subarches=\"*\" labels=\"*\"",
        create + "ubuntu release=noble arches=amd64 arches=arm64 subarches=\"*\" labels=\"*\"",
        "maas $PROFILE boot-resources import",
      ])
  }

  /// Upstream chose the names, and an admin pastes the lines into a shell.
  @Test(arguments: [
    "$(reboot)/amd64/20260101/squashfs", "noble/a;reboot/20260101/squashfs", "no ble/amd64/20260101/squashfs",
    "`reboot`/amd64/20260101/squashfs", "centos/a'b/amd64/20260101/root-tgz",
  ])
  func aNameThatIsMoreThanANameIsNotInALine(item: String) throws {
    #expect(try setup([item]).commands.filter { $0.contains("selections") } == [])
  }

  @Test(
    arguments: [
      ("/usr/share/keyrings/ubuntu-cloudimage-keyring.gpg", "/usr/share/keyrings/ubuntu-cloudimage-keyring.gpg", nil),
      ("/srv/site.gpg", "/var/snap/maas/common/upstream.gpg", "copy /srv/site.gpg of this machine to "),
      (nil, "/var/snap/maas/common/upstream.gpg", "put the keyring of whoever signed these images to "),
    ] as [(String?, String, String?)]) func whatUpstreamSignsNeedsUpstreamsKeyring(
      mine: String?, theirs: String, preparation: String?
    ) throws
  {
    let setup = try setup([], signed: .upstream, keyring: mine)
    #expect(setup.keyring == theirs && setup.keyringURL == nil)
    #expect(setup.commands.count == 3 && setup.commands[1].hasSuffix(" keyring_filename=\(theirs)"))
    #expect(preparation.map { setup.preparation?.hasPrefix($0) ?? false } ?? (setup.preparation == nil))
  }

  /// The first page says the same.
  @Test func theFirstPageHasTheLines() throws {
    var tree = try SampleView.tree(items: ["noble/amd64/20260101/squashfs"])
    tree.signed = .upstream
    let view = TreeView(
      [.init(path: Self.path, number: 1, tree: tree, upstreamKeyring: "/srv/site.gpg")], replaced: [], keyring: nil)
    let text = Responder(view: view, unready: { _ in [] }).answer(SampleView.get("/")).text
    let setup = RegionSetup(
      Self.path, signed: .upstream, server: "http://mirror", upstreamKeyring: "/srv/site.gpg", tree: tree)
    for line in setup.commands { #expect(text.contains("<span>\(Page.escape(line))\n</span>")) }
    #expect(text.contains("<p>First copy /srv/site.gpg of this machine to "))
  }
}
