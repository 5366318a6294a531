"""A deployed stack for `orders rebuild` and `orders audit`: its description, the Analytics table in memory, and shards
that are counted to their ends."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

STACK = "orders"
ANALYTICS, REBUILT = "analytics", "rebuilt"
TYPES = {
    "OrdersTable": "AWS::DynamoDB::Table",
    "AnalyticsTable": "AWS::DynamoDB::Table",
    "CheckpointsTable": "AWS::DynamoDB::Table",
    "ArchiveBucket": "AWS::S3::Bucket",
    "OrderStream": "AWS::Kinesis::Stream",
}
QUEUES = ("OrderQueue", "OrderDLQ", "OrderTopicDLQ", "AnalyticsDLQ", "NormalPipeDLQ", "PremiumPipeDLQ")


class Stack:
    """Serves on a free port of loopback until it is closed."""

    def __init__(self):
        # Items of both tables by table, PK and SK.
        self.items = {}
        self.shards = []
        stack = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                target = self.headers.get("X-Amz-Target")
                if target:
                    answer = json.dumps(stack.answer(target.split(".")[1], json.loads(body))).encode()
                else:
                    answer = stack.describe(parse_qs(body)["Action"][0]).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-amz-json-1.0" if target else "text/xml")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def take_over(self):
        """Makes the rows that a rebuild wrote those of the Analytics table."""
        for (_, partition, sort), item in list(self.items.items()):
            self.items[ANALYTICS, partition, sort] = item

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def answer(self, operation, request):
        if operation == "PutItem":
            item = request["Item"]
            self.items[request["TableName"], item["PK"]["S"], item["SK"]["S"]] = item
            return {}
        if operation == "Query":
            # One partition, whole.
            (partition,) = request["ExpressionAttributeValues"].values()
            key = request["TableName"], partition["S"]
            found = [item for place, item in self.items.items() if place[:2] == key]
            return {"Items": found, "Count": len(found), "ScannedCount": len(found)}
        if operation == "Scan":
            found = [item for place, item in self.items.items() if place[0] == request["TableName"]]
            return {"Items": found, "Count": len(found), "ScannedCount": len(found)}
        if operation == "ListShards":
            keys = {"StartingHashKey": "0", "EndingHashKey": "1"}
            numbers = {"StartingSequenceNumber": "1"}
            shards = [{"ShardId": name, "HashKeyRange": keys, "SequenceNumberRange": numbers} for name in self.shards]
            return {"Shards": shards}
        if operation == "GetItem":
            return {"Item": request["Key"] | {"sequenceNumber": {"S": "9" * 129}, "format": {"N": "1"}}}
        if operation in ("BatchGetItem", "ReceiveMessage"):
            return {"Responses": {}, "UnprocessedKeys": {}, "Messages": []}
        raise ValueError(f"the benchmark has no {operation}")

    @staticmethod
    def describe(action):
        if action == "DescribeStacks":
            result = (
                f"<Stacks><member><StackName>{STACK}</StackName><StackId>{STACK}</StackId>"
                "<StackStatus>CREATE_COMPLETE</StackStatus></member></Stacks>"
            )
        elif action == "ListStackResources":
            names = {name: ANALYTICS if name == "AnalyticsTable" else name.lower() for name in TYPES}
            types = TYPES | dict.fromkeys(QUEUES, "AWS::SQS::Queue")
            names |= {name: f"http://127.0.0.1/123456789012/{name}" for name in QUEUES}
            result = "<StackResourceSummaries>" + "".join(
                f"<member><LogicalResourceId>{name}</LogicalResourceId>"
                f"<PhysicalResourceId>{escape(names[name])}</PhysicalResourceId>"
                f"<ResourceType>{types[name]}</ResourceType></member>"
                for name in names
            )
            result += "</StackResourceSummaries>"
        else:
            raise ValueError(f"the benchmark has no {action}")
        return f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
