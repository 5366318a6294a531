/// libFuzzer's own mutation of an input.
@_silgen_name("LLVMFuzzerMutate")
private func mutateAnyhow(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int) -> Int

extension SeededGenerator {
    mutating func next(below bound: Int) -> Int { Int(self.next() % UInt64(bound)) }

    mutating func element<Element>(of elements: [Element]) -> Element { elements[self.next(below: elements.count)] }
}

/// Every other mutation knows JSON: a reader that takes many bytes at once fails where something that is no plain
/// character stands near the edge of a block, which mutations of single bytes rarely arrange.
@_cdecl("LLVMFuzzerCustomMutator")
public func mutate(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ limit: Int, _ seed: CUnsignedInt) -> Int {
    var random = SeededGenerator(seed: UInt64(seed))
    guard random.next(below: 2) == 0 else { return mutateAnyhow(data, size, limit) }
    var text = Array(UnsafeBufferPointer(start: data, count: size))
    let place = random.next(below: size + 1)
    switch random.next(below: 7) {
    case 0: text.insert(contentsOf: plain(&random), at: place)
    case 1: text.insert(contentsOf: random.element(of: specials), at: place)
    case 2: text = string(&random)
    case 3: text.insert(contentsOf: string(&random) + Array(random.element(of: [",", ":", ""]).utf8), at: place)
    case 4: text = random.element(of: [[0x5B] + text + [0x5D], Array(#"{"k":"#.utf8) + text + [0x7D]])
    case 5: text = [0x5B] + text + [0x2C] + text + [0x5D]
    default: text.removeSubrange(place..<min(size, place + random.element(of: lengths)))
    }
    let count = min(text.count, limit)
    for index in 0..<count { data[index] = text[index] }
    return count
}

/// Around the sizes of words, vectors and pairs of them.
private let lengths = [
    1, 2, 3, 4, 7, 8, 9, 14, 15, 16, 17, 18, 30, 31, 32, 33, 34, 47, 48, 49, 62, 63, 64, 65, 66, 128,
]

/// What ends or breaks a plain string, valid or not, and what structure is made of.
private let specials: [[UInt8]] =
    [
        #"\""#, #"\\"#, #"\/"#, #"\b"#, #"\f"#, #"\n"#, #"\r"#, #"\t"#, #"\u0041"#, #"\u00e9"#, #"\u20AC"#, #"\u0000"#,
        #"\u0022"#, #"\u005c"#, #"\ud83d\ude00"#, #"\uD83D\uDE00"#, #"\ud800"#, #"\udc00"#, #"\ud800\u0041"#,
        #"\ud83d\ude0"#,
        #"\ud800\udc00"#, #"\udbff\udfff"#, #"\uD800\uDFFF"#, #"\udbff\udbff"#, #"\u007f"#, #"\u0080"#, #"\u07ff"#,
        #"\u0800"#, #"\uffff"#, #"\u"#, #"\u12"#, #"\x"#, "\"", "\\", "\\\\\"", "\u{0}", "\u{1F}", "\u{7F}", "\n", "\t",
        "é", "€", "😀", "\u{80}",
        "\u{7FF}", "\u{800}", "\u{FFFF}", "\u{10FFFF}", "[", "]", "{", "}", ":", ",", " ", "null", "true", "false", "0",
        "-0",
        "01", "-", "1e5", "0.1", "1E-2", "123456789012345678901234567890", "[]", "{}", #"{"a":"b"}"#, #","a":"#,
        "\"data\"",
    ].map { Array($0.utf8) } + [
        [0x80], [0xBF], [0xC0, 0x80], [0xC3], [0xE0, 0x80, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF0, 0x9F, 0x98],
        [0xF4, 0x90, 0x80, 0x80], [0xF5], [0xFF],
    ]

private func plain(_ random: inout SeededGenerator) -> [UInt8] {
    (0..<random.element(of: lengths)).map { _ in UInt8(ascii: "a") + UInt8(random.next(below: 26)) }
}

/// A string with something special in it.
private func string(_ random: inout SeededGenerator) -> [UInt8] {
    [UInt8(ascii: "\"")] + plain(&random) + random.element(of: specials) + plain(&random) + [UInt8(ascii: "\"")]
}
