internal import Foundation

/// The tool's two streams: results on standard output, everything else on standard error.
enum Console {
    static func note(_ line: String) {
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    static func result(_ bytes: some Sequence<UInt8>) {
        FileHandle.standardOutput.write(Data(bytes) + Data("\n".utf8))
    }
}
