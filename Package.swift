// swift-tools-version: 6.1
import PackageDescription

// Libraries of the machine, found by pkg-config. Each has exactly one importing target.
let libraries: [Target] = [
  .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
  .systemLibrary(name: "CLinux"),
  .systemLibrary(name: "CGPGME", pkgConfig: "gpgme", providers: [.apt(["libgpgme-dev"])]),
  .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
  .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
]

let nio: [Target.Dependency] = [
  .product(name: "NIOCore", package: "swift-nio"),
  .product(name: "NIOPosix", package: "swift-nio"),
]
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")

// The folder list is the architecture: dependencies point down this list, never up.
let sources: [Target] = [
  .target(
    name: "Simplestreams",
    dependencies: [.product(name: "OrderedCollections", package: "swift-collections")]),
  .target(name: "Compression", dependencies: ["CZlib", "CZstd"]),
  .target(name: "Trust", dependencies: ["CGPGME", "Simplestreams"]),
  .target(
    name: "Transfer",
    dependencies: ["CCurl", "Simplestreams", .product(name: "DequeModule", package: "swift-collections")]),
  .target(name: "Storage", dependencies: ["CLinux", "Simplestreams", crypto]),
  .target(
    name: "Catalog", dependencies: ["Simplestreams", "Storage", .product(name: "GRDB", package: "GRDB.swift")]),
  .target(
    name: "Mirroring",
    dependencies: [
      "Simplestreams", "Trust", "Transfer", "Storage", "Catalog", "Compression",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ]),
  .target(name: "Bundles", dependencies: ["Simplestreams", "Storage", "Transfer"]),
  .target(
    name: "Serving",
    dependencies: [
      "Simplestreams", "Storage", "Catalog", .product(name: "OrderedCollections", package: "swift-collections"),
      .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "NIOTLS", package: "swift-nio"),
    ] + nio),
  .target(
    name: "Settings",
    dependencies: [.product(name: "TOMLKit", package: "TOMLKit")]),
  .target(
    name: "Seeds", path: "seeds", exclude: ["README.md"],
    resources: [.embedInCode("demo.json"), .embedInCode("conf")]),
  .target(
    name: "Commands",
    dependencies: [
      "Simplestreams", "Trust", "Transfer", "Storage", "Catalog", "Mirroring", "Bundles", "Serving", "Settings",
      "Seeds",
      .product(name: "ArgumentParser", package: "swift-argument-parser"),
      .product(name: "OrderedCollections", package: "swift-collections"),
    ]),
  .executableTarget(
    name: "MaasMirror",
    dependencies: ["Commands"]),
]

let tests: [Target] = [
  .target(
    name: "TestSupport",
    dependencies: [
      "Simplestreams", "Trust", "Transfer", "Storage",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ], path: "Tests/TestSupport"),
  .testTarget(
    name: "SimplestreamsTests",
    dependencies: ["Simplestreams", .product(name: "OrderedCollections", package: "swift-collections")]),
  .testTarget(name: "CompressionTests", dependencies: ["Compression", "TestSupport"]),
  .testTarget(name: "TrustTests", dependencies: ["Trust", "Simplestreams", "TestSupport"]),
  .testTarget(name: "TransferTests", dependencies: ["Transfer", "Simplestreams", "TestSupport"]),
  .testTarget(name: "StorageTests", dependencies: ["Storage", "Simplestreams", "TestSupport"]),
  .testTarget(name: "CatalogTests", dependencies: ["Catalog", "Simplestreams", "Storage", "TestSupport"]),
  .testTarget(
    name: "MirroringTests",
    dependencies: [
      "Mirroring", "Simplestreams", "Storage", "Catalog", "Trust", "Transfer", "TestSupport",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ]),
  .testTarget(
    name: "ServingTests",
    dependencies: [
      "Serving", "Simplestreams", "Storage", "Catalog", "TestSupport",
      .product(name: "NIOEmbedded", package: "swift-nio"),
      .product(name: "OrderedCollections", package: "swift-collections"),
    ] + nio),
  .testTarget(
    name: "BundlesTests", dependencies: ["Bundles", "Simplestreams", "Storage", "Transfer", "TestSupport"]),
  .testTarget(name: "SettingsTests", dependencies: ["Settings"]),
  .testTarget(
    name: "SystemTests",
    dependencies: [
      "Catalog", "Simplestreams", "Storage", "Trust", "TestSupport", "MaasMirror",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ], exclude: ["Peers"]),
]

let package = Package(
  name: "maas-mirror",
  products: [.executable(name: "maas-mirror", targets: ["MaasMirror"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    .package(url: "https://github.com/apple/swift-collections", exact: "1.6.0"),
    .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
    .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
    .package(url: "https://github.com/LebJe/TOMLKit", exact: "0.6.0"),
  ],
  targets: libraries + sources + tests
)

// libFuzzer brings its own main function and its own flags, so its targets are there only for deploy/fuzz.
if Context.environment["MAAS_MIRROR_FUZZING"] != nil {
  package.products.append(.library(name: "Fuzzing", type: .static, targets: ["Fuzzing"]))
  package.targets.append(
    .target(
      name: "Fuzzing",
      dependencies: [
        "Simplestreams", "Trust", "Transfer", "Settings", "Serving", .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "OrderedCollections", package: "swift-collections"),
      ], path: "Tests/Fuzzing", exclude: ["corpus"]))
}

// One settings loop: every Swift target is held to the same rules.
for target in package.targets where target.type != .system {
  target.swiftSettings = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .unsafeFlags(["-warnings-as-errors"]),
  ]
}
