"""The metrics that AWS's services emit, by the documentation of each, as far as the template may use them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

# Namespace → page, dimensions of a resource, metrics. A metric of other dimensions stands beside it.
Documented = dict[str, dict[tuple[str, ...], frozenset[str]]]


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


DOCUMENTED: Documented = {
    # https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
    "AWS/ApiGateway": {("ApiId",): names("4xx 5xx Count IntegrationLatency Latency DataProcessed")},
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
    "AWS/DynamoDB": {
        ("TableName",): names(
            "ConsumedReadCapacityUnits ConsumedWriteCapacityUnits ReadThrottleEvents WriteThrottleEvents"
        ),
    },
    # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-monitoring.html
    "AWS/EventBridge/Pipes": {
        ("PipeName",): names(
            "Duration EventCount EventSize ExecutionThrottled ExecutionTimeout ExecutionFailed "
            "ExecutionPartiallyFailed EnrichmentStageDuration EnrichmentStageFailed Invocations "
            "TargetStageDuration TargetStageFailed TargetStagePartiallyFailed TargetStageSkipped"
        ),
    },
    # https://docs.aws.amazon.com/streams/latest/dev/monitoring-with-cloudwatch.html (stream level)
    "AWS/Kinesis": {
        ("StreamName",): names(
            "GetRecords.Bytes GetRecords.IteratorAgeMilliseconds GetRecords.Latency GetRecords.Records "
            "GetRecords.Success IncomingBytes IncomingRecords PutRecord.Bytes PutRecord.Latency PutRecord.Success "
            "PutRecords.Bytes PutRecords.Latency PutRecords.Success PutRecords.TotalRecords "
            "PutRecords.SuccessfulRecords PutRecords.FailedRecords PutRecords.ThrottledRecords "
            "ReadProvisionedThroughputExceeded WriteProvisionedThroughputExceeded"
        ),
    },
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
    "AWS/Lambda": {
        ("FunctionName",): names(
            "Invocations Errors DeadLetterErrors DestinationDeliveryFailures Throttles Duration IteratorAge "
            "ConcurrentExecutions AsyncEventsReceived AsyncEventAge AsyncEventsDropped"
        ),
        ("EventSourceMappingUUID",): names(
            "PolledEventCount FilteredOutEventCount InvokedEventCount FailedInvokeEventCount DroppedEventCount "
            "OnFailureDestinationDeliveredEventCount DeletedEventCount"
        ),
    },
    # https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
    "AWS/SNS": {
        ("TopicName",): names(
            "NumberOfMessagesPublished NumberOfNotificationsDelivered NumberOfNotificationsFailed "
            "NumberOfNotificationsFilteredOut NumberOfNotificationsRedrivenToDlq "
            "NumberOfNotificationsFailedToRedriveToDlq PublishSize"
        ),
    },
    # https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
    "AWS/SQS": {
        ("QueueName",): names(
            "ApproximateAgeOfOldestMessage ApproximateNumberOfMessagesDelayed ApproximateNumberOfMessagesNotVisible "
            "ApproximateNumberOfMessagesVisible NumberOfEmptyReceives NumberOfMessagesDeleted NumberOfMessagesReceived "
            "NumberOfMessagesSent SentMessageSize"
        ),
    },
}


# What the functions log in CloudWatch's embedded metric format; test_metrics.py has them log it.
OWN_NAMESPACE = "OrderPipeline"
LOGGED: dict[tuple[str, ...], frozenset[str]] = {
    ("service",): names("DeadLetters Duplicates NewestRecordAge OrdersCounted PremiumNotifications"),
    ("currency", "service"): names("Revenue"),
}
# What the template's metric filters make of log lines; test_alarms.py compares.
FILTERED = names("EventsNotStored")
DOCUMENTED[OWN_NAMESPACE] = LOGGED | {("service",): LOGGED["service",] | FILTERED}


@dataclass(frozen=True)
class Metric:
    """One series: its name and the dimensions it is looked up by, all of them."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Mapping[str, str]) -> Metric:
        return cls(namespace, name, tuple(sorted(dimensions.items())))

    @property
    def is_documented(self) -> bool:
        by_dimensions = DOCUMENTED.get(self.namespace, {})
        return self.name in by_dimensions.get(tuple(name for name, _ in self.dimensions), ())


@dataclass
class Measurements:
    """What was measured: a value for each minute in which there was something to measure."""

    values: dict[Metric, dict[int, float]] = field(default_factory=dict)

    def put(self, namespace: str, name: str, dimension: tuple[str, str], value: float, minutes: Iterable[int]) -> None:
        metric = Metric.of(namespace, name, dict([dimension]))
        assert metric.is_documented, f"AWS emits no {metric}"
        self.values.setdefault(metric, {}).update((minute, value) for minute in minutes)

    def statistic(self, metric: Metric, statistic: str, period_minutes: int) -> dict[int, float]:
        """The series by the number of the period; one without a measurement has no value."""
        periods: dict[int, list[float]] = {}
        for minute, value in self.values.get(metric, {}).items():
            periods.setdefault(minute // period_minutes, []).append(value)
        aggregate = {"Sum": sum, "Maximum": max, "Minimum": min}[statistic]
        return {period: float(aggregate(values)) for period, values in periods.items()}
