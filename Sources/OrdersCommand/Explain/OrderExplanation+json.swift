internal import EventPatterns
internal import JSONText
internal import LambdaRuntime
internal import Orders
internal import Platform

extension OrderExplanation {
    /// One object, addresses masked as in logs.
    func json(_ scope: SearchScope) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("orderId", self.id)
            writer.flag("isFound", self.isFound)
            writer.flag("hasRow", self.row != nil)
            writer.key("counted")
            self.writeCount(to: &writer, scope.stored.bucket)
            writer.key("pipes")
            writer.array { writer in self.pipes.forEach { $0.write(to: &writer) } }
            writer.key("deadLetters")
            writer.array { writer in self.deadLetters.forEach { $0.write(to: &writer) } }
            writer.key("searched")
            scope.write(to: &writer)
        }
        return writer.bytes
    }

    private func writeCount(to writer: inout JSONWriter, _ bucket: String) {
        writer.object { writer in
            writer.member("answer", self.count.answer.name)
            writer.key("times")
            writer.integer(self.count.count)
            writer.key("records")
            writer.array { writer in self.count.entries.forEach { $0.write(to: &writer, bucket) } }
        }
    }
}

extension CountExplanation.Entry {
    fileprivate func write(to writer: inout JSONWriter, _ bucket: String) {
        writer.object { writer in
            writer.member("outcome", self.outcome.name)
            if case .refused(let reason) = self.outcome {
                writer.member("reason", PersonalData.masked(reason))
                writer.flag("mayCount", self.mayCount)
            }
            writer.optional("eventId", self.record.eventID?.text)
            writer.optional("arrivedAt", self.record.arrivedAt)
            writer.member("place", self.record.place)
            self.record.writeLocation(in: bucket, to: &writer)
            writer.key("rows")
            writer.array { writer in
                for row in self.rows {
                    writer.object { writer in
                        writer.member("PK", row.key.partitionKey)
                        writer.member("SK", row.key.sortKey)
                        writer.key("adds")
                        writer.object { writer in
                            for attribute in row.delta.attributes { writer.member(attribute.name, attribute.number) }
                        }
                    }
                }
            }
        }
    }
}

extension OrderExplanation.Pipe {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("pipe", self.name)
            writer.member("function", self.function)
            writer.key("changes")
            writer.array { writer in self.explanations.forEach { $0.write(to: &writer) } }
            writer.flag("isProcessingLogged", self.isProcessingLogged)
            writer.key("processed")
            writer.array { writer in
                for processing in self.processings {
                    writer.object { writer in
                        writer.optional("eventId", processing.eventID)
                        writer.member("loggedAt", processing.time)
                    }
                }
            }
        }
    }
}

extension PipeExplanation {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.flag("isAssumed", self.change.isAssumed)
            writer.optional("eventId", self.change.eventID)
            writer.member("eventName", self.change.eventName)
            writer.key("filters")
            writer.array { writer in
                for filter in self.filters {
                    writer.object { writer in
                        writer.flag("isMet", filter.isMet)
                        writer.key("clauses")
                        writer.array { writer in filter.conjunctions.joined().forEach { $0.write(to: &writer) } }
                    }
                }
            }
            writer.flag("passes", self.passes)
            if let rule {
                writer.key("rule")
                writer.array { writer in rule.conditions.forEach { $0.write(to: &writer) } }
            }
            writer.flag("isProcessed", self.isProcessed)
            writer.flag("isPoison", self.isPoison)
            writer.member("outcome", self.outcomeText)
        }
    }
}

extension PipeExplanation.Clause {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("field", self.clause.path.joined(separator: "."))
            writer.member("wanted", self.clause.wanted)
            writer.key("found")
            writer.array { writer in self.clause.found.forEach { writer.string(PersonalData.masked($0)) } }
            writer.flag("isMet", self.isMet)
        }
    }
}

extension RuleExplanation.Condition {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("condition", self.name)
            writer.optional("value", self.value.map { PersonalData.masked($0) })
            writer.member("needed", self.needed)
            writer.flag("isMet", self.isMet)
        }
    }
}

extension DeadLetterFinding {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("queue", self.queue)
            writer.member("messageId", self.messageID)
            writer.optional("function", self.function)
            writer.optional("reason", self.reason.map { PersonalData.masked($0) })
            writer.optional("eventId", self.eventID)
        }
    }
}

extension SearchScope {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.key("windows")
            writer.windows(self.stored.windows)
            writer.key("archiveObjects")
            writer.integer(self.stored.archive.objects)
            writer.optional("archiveStoppedAt", self.stored.archive.stoppedAt)
            writer.key("changes")
            if let changesRead { writer.integer(changesRead) } else { writer.null() }
            writer.key("logs")
            writer.object { writer in
                writer.key("windows")
                writer.windows(self.areLogsMasked ? [] : self.logs.windows)
                writer.flag("isCutOff", self.logs.isCutOff)
                writer.optional("deletedBefore", self.logs.lost?.start.iso8601)
            }
            writer.flag("isComplete", self.isComplete)
        }
    }
}

extension JSONWriter {
    /// A member that is left out where the value is nil.
    fileprivate mutating func optional(_ key: String, _ value: String?) {
        if let value { self.member(key, value) }
    }

    /// Spans of time.
    fileprivate mutating func windows(_ windows: [HourWindow]) {
        self.array { writer in
            for window in windows {
                writer.object { writer in
                    writer.member("from", window.from.iso8601)
                    writer.member("to", window.to.iso8601)
                }
            }
        }
    }

    /// A truth value, or `null` where it is not known.
    fileprivate mutating func flag(_ key: String, _ value: Bool?) {
        self.key(key)
        if let value { self.bool(value) } else { self.null() }
    }
}
