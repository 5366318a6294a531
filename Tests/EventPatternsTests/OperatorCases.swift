/// One entry of a pattern's list against values a field may have.
///
/// The expectations are written out by hand.
struct OperatorCase: Sendable, CustomStringConvertible {
    /// The pattern's list, as JSON.
    let list: String
    /// Values of the field, as JSON, that match.
    let matching: [String]
    /// Values that do not.
    let other: [String]
    /// Whether an event without the field matches.
    let matchesMissing: Bool

    init(_ list: String, matching: [String], other: [String], missing: Bool = false) {
        self.list = list
        self.matching = matching
        self.other = other
        self.matchesMissing = missing
    }

    var description: String { self.list }

    static let all: [OperatorCase] = [
        // Literals
        OperatorCase(
            #"["pending"]"#,
            matching: [#""pending""#, #"["x","pending"]"#, #"[["pending"]]"#, #""\u0070ending""#],
            other: [#""Pending""#, #""pendin""#, #""pendings""#, #""""#, "null", "1", "true", "{}", "[]", #"["x"]"#]
        ),
        OperatorCase(
            #"["pending","shipped"]"#,
            matching: [#""pending""#, #""shipped""#, #"["a","shipped"]"#],
            other: [#""pendingshipped""#, "null", "0", "false", #"{"pending":"shipped"}"#, "[]"]
        ),
        OperatorCase(
            #"[""]"#,
            matching: [#""""#, #"["",1]"#],
            other: ["null", #"" ""#, "0", "false", "{}", "[]"]
        ),
        OperatorCase(
            "[null]",
            matching: ["null", "[null]", "[1,null]"],
            other: [#""null""#, #""""#, "0", "false", "{}", "[]"]
        ),
        OperatorCase(
            "[true]",
            matching: ["true", "[false,true]"],
            other: ["false", #""true""#, "1", "null", "{}", "[]"]
        ),
        OperatorCase("[false]", matching: ["false"], other: ["true", #""false""#, "0", "null", "{}"]),
        OperatorCase(
            "[300]",
            matching: ["300", "300.0", "3.0e2", "30000e-2", "[1,300]"],
            other: ["301", "-300", #""300""#, "null", "true", "{}", "[]"]
        ),
        OperatorCase("[0]", matching: ["0", "-0", "0.0"], other: ["1", #""0""#, "false", "null"]),
        OperatorCase("[0.1]", matching: ["0.1", "1e-1", "0.10"], other: ["0.11", "0", #""0.1""#]),
        OperatorCase(
            #"["a",1,null,true]"#,
            matching: [#""a""#, "1", "null", "true", #"["z",true]"#],
            other: [#""1""#, "false", "2", "{}", "[]"]
        ),
        OperatorCase(
            #"["é"]"#,  // one scalar; the two-scalar spelling is other text, though canonically equivalent
            matching: [#""é""#, #""\u00e9""#],
            other: [#""e\u0301""#, #""É""#]
        ),
        OperatorCase(#"["10.0.0.1"]"#, matching: [#""10.0.0.1""#], other: [#""10.0.0.01""#, #""10.0.0.2""#]),
        // prefix, suffix
        OperatorCase(
            #"[{"prefix":"ord"}]"#,
            matching: [#""ord""#, #""order""#, #"["x","ord-1"]"#],
            other: [#""Order""#, #""or""#, #""xord""#, #""""#, "null", "1", "true", "{}", "[]"]
        ),
        OperatorCase(
            #"[{"prefix":""}]"#,
            matching: [#""""#, #""a""#],
            other: ["null", "1", "true", "{}", "[]"]
        ),
        OperatorCase(
            #"[{"suffix":".com"}]"#,
            matching: [#"".com""#, #""test.com""#, #"["x","a.com"]"#],
            other: [#""test.COM""#, #""com""#, #"".com ""#, #""""#, "null", "1", "false", "{}", "[]"]
        ),
        OperatorCase(#"[{"suffix":""}]"#, matching: [#""""#, #""a""#], other: ["null", "2", "{}"]),
        OperatorCase(#"[{"prefix":"e"}]"#, matching: [#""e\u0301a""#, #""ea""#], other: [#""éa""#]),
        OperatorCase(#"[{"suffix":"\u0301"}]"#, matching: [#""e\u0301""#], other: [#""é""#]),
        // equals-ignore-case
        OperatorCase(
            #"[{"equals-ignore-case":"Test.Com"}]"#,
            matching: [#""test.com""#, #""TEST.COM""#, #""Test.Com""#, #"["x","tEST.cOM"]"#],
            other: [#""test.co""#, #""test.comm""#, #""""#, "null", "1", "true", "{}", "[]"]
        ),
        OperatorCase(
            #"[{"equals-ignore-case":"Ä"}]"#,
            matching: [#""ä""#, #""Ä""#],
            other: [#""a""#, #""A""#, "null"]
        ),
        OperatorCase(
            #"[{"prefix":{"equals-ignore-case":"Ord"}}]"#,
            matching: [#""ord""#, #""ORDER""#, #""oRd-1""#, #"["x","ordX"]"#],
            other: [#""or""#, #""xord""#, #""""#, "null", "1", "{}", "[]"]
        ),
        OperatorCase(
            #"[{"suffix":{"equals-ignore-case":".COM"}}]"#,
            matching: [#""a.com""#, #""a.Com""#, #"".COM""#, #"["x","b.cOm"]"#],
            other: [#""a.co""#, #""a.com ""#, #""com""#, "null", "1", "{}", "[]"]
        ),
        // numeric
        OperatorCase(
            #"[{"numeric":["=",100]}]"#,
            matching: ["100", "1e2", "100.0", "[1,100]"],
            other: ["100.1", "99", #""100""#, "null", "true", "{}", "[]"]
        ),
        OperatorCase(
            #"[{"numeric":["<",100]}]"#,
            matching: ["99.999", "-1e300", "0", "[200,5]"],
            other: ["100", "101", #""99""#, #""""#, "null", "false", "{}", "[]"]
        ),
        OperatorCase(
            #"[{"numeric":["<=",100]}]"#,
            matching: ["100", "99", "-100"],
            other: ["100.0000001", #""100""#, "null", "{}"]
        ),
        OperatorCase(
            #"[{"numeric":[">",100]}]"#,
            matching: ["100.5", "1e9", "6e9", "1e300"],
            other: ["100", "-101", #""101""#, "null", "true", "{}", "[]"]
        ),
        OperatorCase(
            #"[{"numeric":[">=",100]}]"#,
            matching: ["100", "100.0", "101"],
            other: ["99.9", #""100""#, "null"]
        ),
        OperatorCase(
            #"[{"numeric":[">",0,"<=",5]}]"#,
            matching: ["0.001", "5", "3", "[9,4]"],
            other: ["0", "5.1", "-1", #""3""#, "null", "{}", "[9,-1]"]
        ),
        OperatorCase(
            #"[{"numeric":[">=",-5,"<",5]}]"#,
            matching: ["-5", "4.9", "0"],
            other: ["5", "-5.1", #""0""#]
        ),
        OperatorCase(
            #"[{"numeric":[">",0,"<",0.3]}]"#,
            matching: ["0.1", "0.29999999999999993"],
            other: ["0.3", "0.30000000000000004"]
        ),
        // anything-but
        OperatorCase(
            #"[{"anything-but":"test.com"}]"#,
            matching: [#""example.com""#, #""""#, #""TEST.COM""#, "1", "true", "null", #"["test.com","a"]"#],
            other: [#""test.com""#, #"["test.com"]"#, "[]", "{}"]
        ),
        OperatorCase(
            #"[{"anything-but":["LE100","LE200"]}]"#,
            matching: [#""GT100""#, #""""#, "null", "5", #"["LE100","GT100"]"#],
            other: [#""LE100""#, #""LE200""#, #"["LE200","LE100"]"#, "{}", "[]"]
        ),
        OperatorCase(
            #"[{"anything-but":100}]"#,
            matching: ["101", #""100""#, "null", "true", "[100,1]"],
            other: ["100", "100.0", "1e2", "[100]", "[]", "{}"]
        ),
        OperatorCase(
            #"[{"anything-but":[1,2.5]}]"#,
            matching: ["2", #""1""#, "null"],
            other: ["1", "2.5", "25e-1", "{}"]
        ),
        // exists
        OperatorCase(
            #"[{"exists":true}]"#,
            matching: ["null", #""""#, #""a""#, "0", "false", "[1]", "[null]", "[[1]]"],
            other: ["{}", "[]", #"{"x":1}"#, #"[{"x":1}]"#]
        ),
        OperatorCase(
            #"[{"exists":false}]"#,
            matching: ["{}", "[]", #"{"x":1}"#, #"[{"x":1}]"#],
            other: ["null", #""""#, #""a""#, "0", "false", "[1]"],
            missing: true
        ),
        // Alternatives in one list
        OperatorCase(
            #"[{"exists":false},{"anything-but":["test.com"]}]"#,
            matching: [#""a.com""#, "null", "1", "{}"],
            other: [#""test.com""#],
            missing: true
        ),
        OperatorCase(
            #"[{"prefix":"a"},{"suffix":"z"},5]"#,
            matching: [#""ab""#, #""yz""#, "5", #"["q","z"]"#],
            other: [#""ba""#, "6", "null", "[]"]
        ),
        OperatorCase(
            #"[null,{"exists":false}]"#,
            matching: ["null", "{}"],
            other: [#""null""#, "0"],
            missing: true
        ),
    ]
}
