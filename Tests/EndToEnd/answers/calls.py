"""The operations of the client, each with the parameters that `ClientOperation` of Tests/TestSupport has, and what a
service answers if nothing is wrong."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import botocore.session
from botocore.model import OperationModel

KEY = {"PK": {"S": "ORDER#1"}, "SK": {"S": "ORDER"}}
PUT = {"TableName": "orders", "Item": KEY}
STREAM = "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2025-08-27T00:00:00.000"
SHARD = "shardId-000000000000"
OBJECT = {"Bucket": "orders-archive", "Key": "dt=1/a"}
TOPIC = "arn:aws:sns:eu-central-1:123456789012:premium"
QUEUE = "https://sqs.eu-central-1.amazonaws.com/123456789012/orders"
QUEUE_ARN = "arn:aws:sqs:eu-central-1:123456789012:orders"
SHARDS = f'[{{"ShardId":"{SHARD}","SequenceNumberRange":{{"StartingSequenceNumber":"1"}}}}]'
ETAG = {"ETag": '"c4ca4238a0b923820dcc509a6f75849b"'}


@dataclass(frozen=True)
class Operation:
    name: str
    parameters: dict[str, Any]
    # The body of a success, and headers beside the usual ones.
    body: str = "{}"
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def service(self) -> str:
        return self.name.split(".")[0]

    @property
    def api(self) -> str:
        return self.name.split(".")[1]

    @property
    def model(self) -> OperationModel:
        return service_model(self.service).operation_model(self.api)

    @property
    def protocol(self) -> str:
        return str(self.model.service_model.resolved_protocol)

    @property
    def is_xml(self) -> bool:
        return self.protocol in ("query", "rest-xml")

    @property
    def sends_no_body(self) -> bool:
        return self.model.http["method"] in ("GET", "HEAD", "DELETE")

    def __hash__(self) -> int:
        return hash(self.name)


@cache
def service_model(name: str) -> Any:
    return botocore.session.get_session().get_service_model(name)


def query(operation: str, result: str) -> str:
    return (
        f"<{operation}Response><{operation}Result>{result}</{operation}Result>"
        f"<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{operation}Response>"
    )


OPERATIONS = [
    Operation("dynamodb.GetItem", {"TableName": "orders", "Key": KEY, "ConsistentRead": True}),
    Operation("dynamodb.PutItem", PUT),
    Operation(
        "dynamodb.UpdateItem",
        {
            "TableName": "orders",
            "Key": KEY,
            "UpdateExpression": "SET version = :n",
            "ExpressionAttributeValues": {":n": {"N": "1"}},
        },
    ),
    Operation(
        "dynamodb.BatchExecuteStatement",
        {
            "Statements": [
                {
                    "Statement": "INSERT INTO \"orders\" VALUE {'PK':?,'SK':?}",
                    "Parameters": [KEY["PK"], KEY["SK"]],
                }
            ]
        },
        '{"Responses":[{"TableName":"orders"}]}',
    ),
    Operation(
        "dynamodb.BatchGetItem",
        {
            "RequestItems": {
                "orders": {
                    "Keys": [KEY],
                    "ProjectionExpression": "#s",
                    "ExpressionAttributeNames": {"#s": "status"},
                    "ConsistentRead": True,
                }
            }
        },
        '{"Responses":{"orders":[{"status":{"S":"new"}}]},"UnprocessedKeys":{}}',
    ),
    Operation(
        "dynamodb.Query",
        {
            "TableName": "orders",
            "KeyConditionExpression": "PK = :k",
            "ExpressionAttributeValues": {":k": {"S": "ORDER#1"}},
        },
        '{"Count":1,"Items":[{"PK":{"S":"ORDER#1"}}],"ScannedCount":1}',
    ),
    Operation(
        "dynamodb.Scan",
        {
            "TableName": "orders",
            "FilterExpression": "begins_with(PK, :k)",
            "ProjectionExpression": "PK",
            "ExpressionAttributeValues": {":k": {"S": "ORDER#"}},
        },
        '{"Count":1,"Items":[{"PK":{"S":"ORDER#1"}}],"ScannedCount":2}',
    ),
    Operation(
        "dynamodb.DescribeTable",
        {"TableName": "orders"},
        f'{{"Table":{{"TableName":"orders","LatestStreamArn":"{STREAM}"}}}}',
    ),
    Operation(
        "dynamodbstreams.DescribeStream",
        {"StreamArn": STREAM},
        f'{{"StreamDescription":{{"StreamStatus":"ENABLED","Shards":{SHARDS}}}}}',
    ),
    Operation(
        "dynamodbstreams.GetShardIterator",
        {"StreamArn": STREAM, "ShardId": SHARD, "ShardIteratorType": "TRIM_HORIZON"},
        '{"ShardIterator":"iterator-1"}',
    ),
    Operation(
        "dynamodbstreams.GetRecords",
        {"ShardIterator": "iterator-1", "Limit": 10},
        '{"NextShardIterator":"iterator-2","Records":[{"eventID":"1","dynamodb":{"SequenceNumber":"1"}}]}',
    ),
    Operation(
        "kinesis.PutRecords",
        {"StreamName": "orders", "Records": [{"Data": b"{}", "PartitionKey": "1"}]},
        f'{{"FailedRecordCount":0,"Records":[{{"SequenceNumber":"1","ShardId":"{SHARD}"}}]}}',
    ),
    Operation("kinesis.ListShards", {"StreamName": "orders"}, f'{{"Shards":{SHARDS}}}'),
    Operation(
        "kinesis.GetShardIterator",
        {"StreamName": "orders", "ShardId": SHARD, "ShardIteratorType": "TRIM_HORIZON"},
        '{"ShardIterator":"iterator-1"}',
    ),
    Operation(
        "kinesis.GetRecords",
        {"ShardIterator": "iterator-1", "Limit": 10},
        '{"MillisBehindLatest":0,"NextShardIterator":"iterator-2","Records":[{"Data":"e30=","PartitionKey":"1",'
        '"SequenceNumber":"1","ApproximateArrivalTimestamp":1756318080.5}]}',
    ),
    Operation("s3.PutObject", OBJECT | {"Body": b"{}\n", "ContentType": "application/octet-stream"}, "", ETAG),
    Operation("s3.HeadObject", OBJECT, "{}\n", ETAG),
    Operation("s3.GetObject", OBJECT, "{}\n", ETAG),
    Operation("s3.DeleteObject", OBJECT, ""),
    Operation(
        "s3.ListObjectsV2",
        {"Bucket": "orders-archive", "Prefix": "aws/"},
        '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
        "<Name>orders-archive</Name><Contents><Key>aws/1</Key></Contents></ListBucketResult>",
    ),
    Operation("sns.Publish", {"TopicArn": TOPIC, "Message": "{}"}, query("Publish", "<MessageId>m-1</MessageId>")),
    Operation(
        "sns.PublishBatch",
        {"TopicArn": TOPIC, "PublishBatchRequestEntries": [{"Id": "0", "Message": "{}"}]},
        query(
            "PublishBatch",
            "<Failed/><Successful><member><Id>0</Id><MessageId>m-1</MessageId></member></Successful>",
        ),
    ),
    Operation("sqs.SendMessage", {"QueueUrl": QUEUE, "MessageBody": "{}"}, '{"MessageId":"m-1"}'),
    Operation(
        "sqs.ReceiveMessage",
        {
            "QueueUrl": QUEUE,
            "MaxNumberOfMessages": 10,
            "WaitTimeSeconds": 0,
            "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        },
        '{"Messages":[{"MessageId":"m-1","ReceiptHandle":"r","Body":"{}"}]}',
    ),
    Operation("sqs.DeleteMessage", {"QueueUrl": QUEUE, "ReceiptHandle": "receipt-1"}, ""),
    Operation(
        "sqs.ChangeMessageVisibility",
        {"QueueUrl": QUEUE, "ReceiptHandle": "receipt-1", "VisibilityTimeout": 0},
        "",
    ),
    Operation(
        "sqs.GetQueueAttributes",
        {"QueueUrl": QUEUE, "AttributeNames": ["ApproximateNumberOfMessages"]},
        '{"Attributes":{"ApproximateNumberOfMessages":"7"}}',
    ),
    Operation("sqs.StartMessageMoveTask", {"SourceArn": QUEUE_ARN}, '{"TaskHandle":"t-1"}'),
    Operation("sqs.ListMessageMoveTasks", {"SourceArn": QUEUE_ARN, "MaxResults": 1}, '{"Results":[]}'),
    Operation(
        "cloudformation.DescribeStacks",
        {"StackName": "orders"},
        query("DescribeStacks", "<Stacks><member><StackName>orders</StackName></member></Stacks>"),
    ),
    Operation(
        "cloudformation.ListStackResources",
        {"StackName": "orders"},
        query("ListStackResources", "<StackResourceSummaries/>"),
    ),
    Operation("cloudwatch.DescribeAlarms", {"AlarmNames": ["orders-Errors"], "MaxRecords": 100}, '{"MetricAlarms":[]}'),
    Operation(
        "cloudwatch.GetMetricStatistics",
        {
            "Namespace": "AWS/Lambda",
            "MetricName": "IteratorAge",
            "Dimensions": [{"Name": "FunctionName", "Value": "orders-OrderArchiver"}],
            "StartTime": 1756317780,
            "EndTime": 1756318080,
            "Period": 300,
            "Statistics": ["Maximum"],
        },
        '{"Label":"IteratorAge","Datapoints":[{"Timestamp":1756317780,"Maximum":12.5,"Unit":"Milliseconds"}]}',
    ),
    Operation("dynamodb.DeleteItem", {"TableName": "Orders", "Key": {"orderId": {"S": "O"}}}),
    Operation(
        "kinesis.DescribeStreamSummary",
        {"StreamName": "orders"},
        '{"StreamDescriptionSummary":{"StreamName":"orders","StreamStatus":"ACTIVE"}}',
    ),
    Operation("kinesis.DescribeLimits", {}, '{"ShardLimit":500,"OpenShardCount":4}'),
    Operation("kms.DescribeKey", {"KeyId": "alias/orders"}, '{"KeyMetadata":{"KeyId":"k","KeyState":"Enabled"}}'),
    Operation("kms.GetKeyPolicy", {"KeyId": "alias/orders", "PolicyName": "default"}, '{"Policy":"{}"}'),
    Operation("pipes.DescribePipe", {"Name": "orders-NormalOrdersPipe"}, '{"CurrentState":"RUNNING"}'),
    Operation(
        "lambda.GetFunctionConfiguration",
        {"FunctionName": "orders-OrderWriter"},
        '{"FunctionName":"orders-OrderWriter","State":"Active"}',
    ),
    Operation("lambda.GetEventSourceMapping", {"UUID": "4bca2dd1-4ae4-4a4a-8c1b-000000001234"}, '{"State":"Enabled"}'),
    Operation("lambda.GetAccountSettings", {}, '{"AccountLimit":{"ConcurrentExecutions":1000}}'),
    Operation("logs.DescribeLogGroups", {"logGroupNamePrefix": "/aws/lambda/"}, '{"logGroups":[]}'),
    Operation("logs.FilterLogEvents", {"logGroupName": "/aws/lambda/orders-OrderWriter"}, '{"events":[]}'),
    Operation(
        "lambda.Invoke",
        {"FunctionName": "orders-OrderWriter", "InvocationType": "RequestResponse", "Payload": b"{}"},
        "null",
    ),
]
