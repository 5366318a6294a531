internal import EventPatterns

/// The filters of the template's Pipes, their parameters filled in as `World.variables` has them.
package enum PipeFilters {
    /// The patterns of `NormalOrdersPipe`.
    package static let normal = [
        #"""
        {"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{
        "status":{"S":[{"equals-ignore-case":"pending"},{"equals-ignore-case":"shipped"}]},
        "amountBand":{"S":[{"anything-but":["LE100"]}]},
        "emailDomain":{"S":[{"exists":false},{"anything-but":["test.com"]}]}}}}
        """#,
        #"{"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"amountBand":{"S":[{"exists":false}]}}}}"#,
        #"{"eventName":["INSERT","MODIFY"],"dynamodb":{"NewImage":{"orderStatus":{"S":[{"exists":true}]}}}}"#,
    ]

    /// The patterns of `PremiumOrdersPipe`.
    package static let premium = [
        #"""
        {"eventName":["MODIFY"],"dynamodb":{"OldImage":{"status":{"S":[{"equals-ignore-case":"pending"}]}},
        "NewImage":{"status":{"S":[{"equals-ignore-case":"shipped"}]},
        "amountBand":{"S":[{"anything-but":["LE100","normal-LE1000"]}]},
        "emailDomain":{"S":[{"exists":false},{"anything-but":["test.com"]}]}}}}
        """#,
        #"{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"amountBand":{"S":[{"exists":false}]}}}}"#,
        #"{"eventName":["MODIFY"],"dynamodb":{"NewImage":{"orderStatus":{"S":[{"exists":true}]}}}}"#,
        #"{"eventName":["MODIFY"],"dynamodb":{"OldImage":{"orderStatus":{"S":[{"exists":true}]}}}}"#,
    ]

    /// The filters of the Pipe in front of a processor.
    static func criteria(of function: FunctionName) -> FilterCriteria {
        function == .normal ? self.normalCriteria : self.premiumCriteria
    }

    private static let normalCriteria = Self.compiled(Self.normal)
    private static let premiumCriteria = Self.compiled(Self.premium)

    private static func compiled(_ patterns: [String]) -> FilterCriteria {
        do {
            return try FilterCriteria(patterns.map { try EventPattern(parsing: $0) })
        } catch {
            preconditionFailure("a pattern of the template does not compile: \(error)")
        }
    }
}
