/// A function whose mapping has no `ReportBatchItemFailures`: whatever it answers is success.
package struct AnswerIgnoringTarget: PipeTarget {
    private let target: any PipeTarget

    package init(_ target: any PipeTarget) {
        self.target = target
    }

    package func invoke(payload: [UInt8]) async -> TargetOutcome {
        switch await self.target.invoke(payload: payload) {
        case .answered: .answered([])
        case .failed(let reason): .failed(reason)
        case .refused(let reason): .refused(reason)
        }
    }
}
