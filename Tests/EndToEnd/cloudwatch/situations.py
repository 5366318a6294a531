"""What AWS's services measure in an hour of this pipeline, when all is well and when something is not."""

from __future__ import annotations

from collections.abc import Callable

from .metrics import OWN_NAMESPACE, Measurements

HOUR = range(60)
LATELY = range(50, 60)

STREAM_FUNCTIONS = ("AnalyticsAggregator", "OrderArchiver")
FUNCTIONS = (*STREAM_FUNCTIONS, "OrderWriter", "OrderIntake", "NormalOrdersProcessor", "PremiumOrdersProcessor")
PIPES = ("NormalOrdersPipe", "PremiumOrdersPipe")
DEAD_LETTER_QUEUES = ("OrderDLQ", "OrderTopicDLQ", "NormalPipeDLQ", "PremiumPipeDLQ", "AnalyticsDLQ")
TABLES = ("OrdersTable", "AnalyticsTable", "CheckpointsTable")

Situation = Callable[[Measurements], None]


def all_is_well() -> Measurements:
    """Orders come in by all entrances, and go where they should; what there is none of is measured as zero."""
    found = Measurements()
    for function in FUNCTIONS:
        for name, value in (("Invocations", 5), ("Errors", 0), ("Throttles", 0)):
            found.put("AWS/Lambda", name, ("FunctionName", function), value, HOUR)
    for function in STREAM_FUNCTIONS:
        found.put("AWS/Lambda", "IteratorAge", ("FunctionName", function), 800, HOUR)
        mapping = ("EventSourceMappingUUID", f"{function}Mapping")
        found.put("AWS/Lambda", "PolledEventCount", mapping, 20, HOUR)
        found.put("AWS/Lambda", "DroppedEventCount", mapping, 0, HOUR)
    for name, value in (("IncomingRecords", 20), ("WriteProvisionedThroughputExceeded", 0)):
        found.put("AWS/Kinesis", name, ("StreamName", "OrderStream"), value, HOUR)
    for queue in (*DEAD_LETTER_QUEUES, "OrderQueue"):
        found.put("AWS/SQS", "ApproximateNumberOfMessagesVisible", ("QueueName", queue), 0, HOUR)
        found.put("AWS/SQS", "ApproximateAgeOfOldestMessage", ("QueueName", queue), 1, HOUR)
    found.put("AWS/SQS", "NumberOfMessagesSent", ("QueueName", "OrderQueue"), 20, HOUR)
    for pipe in PIPES:
        found.put("AWS/EventBridge/Pipes", "Invocations", ("PipeName", pipe), 3, HOUR)
        for name in ("ExecutionFailed", "ExecutionPartiallyFailed", "ExecutionTimeout", "ExecutionThrottled"):
            found.put("AWS/EventBridge/Pipes", name, ("PipeName", pipe), 0, HOUR)
    for topic in ("OrderTopic", "PremiumTopic"):
        found.put("AWS/SNS", "NumberOfNotificationsDelivered", ("TopicName", topic), 20, HOUR)
        found.put("AWS/SNS", "NumberOfNotificationsFailed", ("TopicName", topic), 0, HOUR)
    for name, value in (("Count", 20), ("5xx", 0)):
        found.put("AWS/ApiGateway", name, ("ApiId", "OrderApi"), value, HOUR)
    for table in TABLES:
        # Throttled requests are measured only when there are some.
        found.put("AWS/DynamoDB", "ConsumedWriteCapacityUnits", ("TableName", table), 40, HOUR)
    return found


def nothing_happens() -> Measurements:
    """A night without orders: most services measure nothing at all."""
    return Measurements()


def measured(namespace: str, name: str, dimension: str, resource: str, value: float = 1) -> Situation:
    """One service measures this in the last minutes of an hour that was well until then."""
    return lambda found: found.put(namespace, name, (dimension, resource), value, LATELY)


def not_invoked(function: str) -> Situation:
    """Its mapping is disabled: orders come in as ever, and the function's metrics end."""

    def change(found: Measurements) -> None:
        for metric in [metric for metric in found.values if ("FunctionName", function) in metric.dimensions]:
            del found.values[metric]

    return change


def _situations() -> dict[str, Situation]:
    found: dict[str, Situation] = {}
    for queue in DEAD_LETTER_QUEUES:
        name = "ApproximateNumberOfMessagesVisible"
        found[f"{queue}Alarm"] = measured("AWS/SQS", name, "QueueName", queue)
    found["OrderQueueAgeAlarm"] = measured("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", "OrderQueue", 301)
    for function in STREAM_FUNCTIONS:
        found[f"{function}IteratorAgeAlarm"] = lambda measurements, function=function: measurements.put(
            "AWS/Lambda", "IteratorAge", ("FunctionName", function), 900_001, range(45, 60)
        )
        # The first batch of a mapping that was disabled for half of the default retention of seven days.
        found[f"{function}ExpiryAlarm"] = lambda measurements, function=function: measurements.put(
            "AWS/Lambda", "IteratorAge", ("FunctionName", function), 302_400_001, range(55, 60)
        )
    for function in (*STREAM_FUNCTIONS, "OrderWriter"):
        found[f"{function}IdleAlarm"] = not_invoked(function)
    for function in FUNCTIONS:
        found[f"{function}ErrorsAlarm"] = measured("AWS/Lambda", "Errors", "FunctionName", function)
        found[f"{function}ThrottlesAlarm"] = measured("AWS/Lambda", "Throttles", "FunctionName", function)
    found["OrderApiFailuresAlarm"] = measured("AWS/ApiGateway", "5xx", "ApiId", "OrderApi")
    # Answered 207, so that the API has no failure.
    found["OrderIntakeNotStoredAlarm"] = measured(OWN_NAMESPACE, "EventsNotStored", "service", "StackName")
    for pipe in PIPES:
        for suffix, name in (
            ("", "ExecutionFailed"),
            ("PartialFailures", "ExecutionPartiallyFailed"),
            ("Timeouts", "ExecutionTimeout"),
            ("Throttles", "ExecutionThrottled"),
        ):
            found[f"{pipe}{suffix}Alarm"] = measured("AWS/EventBridge/Pipes", name, "PipeName", pipe)
    name = "WriteProvisionedThroughputExceeded"
    found["OrderStreamThrottlesAlarm"] = measured("AWS/Kinesis", name, "StreamName", "OrderStream")
    for table in TABLES:
        found[f"{table}ThrottlesAlarm"] = measured("AWS/DynamoDB", "WriteThrottleEvents", "TableName", table)
    for topic in ("OrderTopic", "PremiumTopic"):
        found[f"{topic}FailuresAlarm"] = measured("AWS/SNS", "NumberOfNotificationsFailed", "TopicName", topic)
    name = "NumberOfNotificationsFailedToRedriveToDlq"
    found["OrderTopicLossesAlarm"] = measured("AWS/SNS", name, "TopicName", "OrderTopic")
    return found


# By the alarm that is to tell.
SITUATIONS = _situations()
