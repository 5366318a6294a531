// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

// The folders of Sources/Functions, which everything else reads as the list of functions. They are named here because
// SwiftPM evaluates a manifest anew only when its text changes: it would not notice a new folder.
let functions = [
    "AnalyticsAggregator",
    "NormalOrdersProcessor",
    "OrderArchiver",
    "OrderIntake",
    "OrderWriter",
    "PremiumOrdersProcessor",
]

// What the tool counts an archive with: optimised in debug builds too, which the tool and the tests are, since a million
// records are read by it. 20 times slower otherwise. Each module as a whole, which is 6 % faster than file by file; by more
// than one thread, since only then there is an object for each file, as SwiftPM expects. The compiler remarks for each
// such module that it is compiled anew as a whole.
let fast =
    strict + [
        .unsafeFlags(["-O", "-wmo", "-num-threads", "2", "-disable-batch-mode"], .when(configuration: .debug))
    ]

let package = Package(
    name: "order-event-pipeline",
    products: [
        .executable(name: "orders", targets: ["OrdersCommand"]),
        .executable(name: "RuntimeProbe", targets: ["RuntimeProbe"]),
    ] + functions.map { .executable(name: $0, targets: [$0]) },
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
        .package(url: "https://github.com/swhitty/FlyingFox", exact: "0.27.1"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CPlainText"),
        .systemLibrary(name: "CMalloc"),
        // Debian 12's valgrind, which counts instructions, reads no DWARF 5.
        .target(
            name: "COpenSSLSetup",
            dependencies: ["COpenSSL"],
            cSettings: [
                .unsafeFlags(["-gdwarf-4", "-Wall", "-Wextra", "-Werror", "-fstack-protector-strong"]),
                // Needs an optimising compiler.
                .unsafeFlags(["-D_FORTIFY_SOURCE=2"], .when(configuration: .release)),
            ]
        ),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CDeflate", pkgConfig: "libdeflate", providers: [.apt(["libdeflate-dev"])]),

        .target(name: "Platform", swiftSettings: fast),
        .target(name: "JSONText", dependencies: ["Platform", "CPlainText"], swiftSettings: fast),
        .target(name: "LambdaRuntime", dependencies: ["Platform", "JSONText", "CMalloc"], swiftSettings: strict),
        .target(name: "LambdaEvents", dependencies: ["Platform", "JSONText"], swiftSettings: strict),
        // No unsafe code: what has to look at bytes lies below JSONText's interface.
        .target(
            name: "Orders",
            dependencies: ["Platform", "JSONText"],
            swiftSettings: fast + [.strictMemorySafety()]
        ),
        .target(
            name: "AWSClient",
            dependencies: ["Platform", "JSONText", "CCurl", "COpenSSL", "COpenSSLSetup"],
            swiftSettings: fast
        ),
        .target(
            name: "AWSOperations",
            dependencies: ["Platform", "JSONText", "AWSClient", "COpenSSL"],
            swiftSettings: strict
        ),
        .target(
            name: "OrderFunctions",
            dependencies: [
                "Platform", "JSONText", "LambdaRuntime", "LambdaEvents", "Orders", "AWSClient", "CZlib", "CDeflate",
            ],
            // Handlers stay on their loop: else each asynchronous call looks its executor up, and again when it returns.
            swiftSettings: fast + [.enableUpcomingFeature("NonisolatedNonsendingByDefault")]
        ),
        .target(
            name: "ArchiveAccounts",
            dependencies: ["Platform", "JSONText", "Orders", "AWSClient", "OrderFunctions", "CZlib", "CDeflate"],
            swiftSettings: fast
        ),
        .target(name: "EventPatterns", dependencies: ["JSONText"], swiftSettings: strict),
        .target(
            name: "PipesRunner",
            dependencies: ["Platform", "JSONText", "LambdaEvents", "AWSClient", "AWSOperations", "EventPatterns"],
            swiftSettings: strict
        ),

        .executableTarget(name: "RuntimeProbe", dependencies: ["LambdaRuntime"], swiftSettings: strict),
        .executableTarget(
            name: "OrdersCommand",
            dependencies: [
                "Platform", "JSONText", "LambdaRuntime", "LambdaEvents", "Orders", "AWSClient", "AWSOperations",
                "OrderFunctions", "ArchiveAccounts", "EventPatterns", "PipesRunner", "CZlib",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Yams", package: "Yams"),
                .product(name: "FlyingFox", package: "FlyingFox"),
            ],
            resources: ["dashboard.html", "dashboard.css"].map { .embedInCode("Dashboard/Page/\($0)") }
                + ["format", "stream", "elements", "sales", "operations", "main"].map {
                    .embedInCode("Dashboard/Page/\($0).js")
                },
            swiftSettings: strict
        ),

        .target(name: "BenchmarkSupport", path: "Benchmarks/Support", swiftSettings: strict),
        .executableTarget(
            name: "DecodeBenchmark",
            dependencies: ["BenchmarkSupport", "JSONText", "LambdaEvents", "Orders"],
            path: "Benchmarks/Decode",
            exclude: ["python_peer.py"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "PipesBenchmark",
            dependencies: ["Platform", "JSONText", "AWSClient", "AWSOperations", "EventPatterns", "PipesRunner"],
            path: "Benchmarks/Pipes",
            exclude: ["patterns.py"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "InvocationBenchmark",
            dependencies: [
                "BenchmarkSupport", "Platform", "JSONText", "LambdaRuntime", "Orders", "AWSClient", "OrderFunctions",
                "ArchiveAccounts",
            ],
            path: "Benchmarks/Invocation",
            swiftSettings: strict
        ),

        .target(
            name: "TestSupport",
            dependencies: ["Platform", "JSONText", "AWSClient", "AWSOperations"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "ClientProbe",
            dependencies: ["Platform", "JSONText", "AWSClient", "AWSOperations", "TestSupport"],
            path: "Tests/ClientProbe",
            swiftSettings: strict
        ),

        .target(
            name: "SimulatedAWS",
            dependencies: ["Platform", "JSONText", "AWSClient"],
            path: "Tests/Simulation/AWS",
            swiftSettings: strict
        ),
        .target(
            name: "Simulation",
            dependencies: [
                "Platform", "JSONText", "LambdaRuntime", "Orders", "AWSClient", "AWSOperations", "OrderFunctions",
                "ArchiveAccounts", "EventPatterns", "PipesRunner", "SimulatedAWS", "CZlib",
            ],
            path: "Tests/Simulation/Simulation",
            swiftSettings: strict
        ),
        .executableTarget(
            name: "Simulator",
            dependencies: [
                "AWSClient", "Simulation", "SimulatedAWS",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            path: "Tests/Simulation/Simulator",
            swiftSettings: strict
        ),
    ]
        + functions.map { function in
            .executableTarget(
                name: function,
                dependencies: ["LambdaRuntime", "OrderFunctions"],
                path: "Sources/Functions/\(function)",
                swiftSettings: strict
            )
        }
        + [
            ("Platform", []),
            ("JSONText", ["CPlainText"]),
            ("LambdaRuntime", ["Platform", "JSONText"]),
            ("LambdaEvents", ["Platform", "JSONText", "AWSClient"]),
            ("Orders", ["Platform", "JSONText"]),
            ("AWSClient", ["Platform", "JSONText", "AWSOperations"]),
            (
                "OrderFunctions",
                [
                    "Platform", "JSONText", "LambdaRuntime", "LambdaEvents", "Orders", "AWSClient", "CZlib",
                    "PipesRunner",
                ]
            ),
            ("ArchiveAccounts", ["Platform", "JSONText", "Orders", "LambdaEvents", "OrderFunctions"]),
            ("EventPatterns", ["JSONText"]),
            ("Simulation", ["Platform", "AWSClient", "SimulatedAWS"]),
            ("PipesRunner", ["Platform", "JSONText", "LambdaEvents", "AWSClient", "AWSOperations", "EventPatterns"]),
            (
                "OrdersCommand",
                [
                    "Platform", "JSONText", "LambdaRuntime", "LambdaEvents", "Orders", "AWSClient", "AWSOperations",
                    "OrderFunctions", "ArchiveAccounts", "EventPatterns", "PipesRunner",
                ]
            ),
        ].map { (module: String, others: [String]) in
            .testTarget(
                name: "\(module)Tests",
                dependencies: ([module, "TestSupport"] + others).map { .byName(name: $0) },
                swiftSettings: strict
            )
        }
)
