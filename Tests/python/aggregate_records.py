"""Aggregates records as AWS's own library does (aws-kinesis-agg), and takes aggregates apart with it.

Standard input: a JSON array of aggregates, each an array of [partition key, data in base64, explicit hash key or null].
Standard output: for each {"bytes": in base64, "records": as the library's deaggregator reads them back}.
"""

import base64
import json
import sys

from aws_kinesis_agg.aggregator import RecordAggregator
from aws_kinesis_agg.deaggregator import deaggregate_records

answers = []
for records in json.load(sys.stdin):
    aggregator = RecordAggregator()
    for key, data, hash_key in records:
        full = aggregator.add_user_record(key, base64.b64decode(data), hash_key)
        assert full is None, "the aggregate is full"
    _, _, content = aggregator.clear_and_get().get_contents()
    delivered = {
        "kinesis": {
            "data": base64.b64encode(content).decode(),
            "sequenceNumber": "1",
            "partitionKey": "a",
            "approximateArrivalTimestamp": 1.0,
            "kinesisSchemaVersion": "1.0",
        },
        "eventID": "shardId-000000000000:1",
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "a",
        "awsRegion": "eu-central-1",
        "eventSourceARN": "a",
    }
    parts = [part["kinesis"] for part in deaggregate_records([delivered])]
    read = [[part["partitionKey"], part["subSequenceNumber"], part["data"].decode()] for part in parts]
    answers.append({"bytes": base64.b64encode(content).decode(), "records": read})
json.dump(answers, sys.stdout)
