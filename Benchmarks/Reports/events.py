"""The events that the benchmarks send: the same bytes at every run."""

import base64
import json
import random
import uuid

# What customers buy: names have letters beyond ASCII, and quotes.
NAMES = ["Laptop", "USB-C cable, 2 m", "Espresso machine", "Kaffeemühle", 'Monitor 27" 4K', "Café crème cup"]


def text(value):
    return json.dumps(value, separators=(",", ":")).encode()


def random_base64(generator, count):
    """As signatures and receipt handles are."""
    return base64.b64encode(generator.randbytes(count)).decode()


def echoed(size, seed=1):
    """Ordinary JSON of exactly that size: an order event, or an array of as many as there is room for.

    It is spaced and not escaped, as awslambdaric writes JSON: who decodes and encodes it answers with the same bytes.
    """
    generator = random.Random(seed)
    if size < 2_048:
        return spaced(fitted_order(generator, size))
    orders = []
    rest = size - len("[]")
    while rest > 3_072:
        orders.append(order_event(generator, 1_000, 1_000))
        rest -= len(spaced(orders[-1])) + len(", ")
    # The last one fills what is left.
    orders.append(fitted_order(generator, rest))
    return spaced(orders)


def spaced(value):
    return json.dumps(value, ensure_ascii=False).encode()


def fitted_order(generator, size):
    """An order event of `size` bytes when it is spaced."""
    state = generator.getstate()
    compact = size
    while len(spaced(event := order_event(generator, compact, 1_000))) > size:
        generator.setstate(state)
        compact -= 8
    event["Payload"]["UserId"] += hex_digits(generator, size - len(spaced(event)))
    return event


def hex_digits(generator, count):
    return "".join(generator.choices("0123456789abcdef", k=max(0, count)))


def order_event(generator, size, shop):
    """An order event of `size` bytes: as many of the shop's products as fit, the rest in the user's id."""
    order = f"ORD-{generator.randrange(10**8):08d}"
    event = {
        "MessageId": str(uuid.UUID(int=generator.getrandbits(128), version=4)),
        "OccurredUtc": f"2025-08-27T{generator.randrange(24):02d}:08:00.6483458Z",
        "Type": "OrderCreatedV1",
        "Version": 1,
        "CorrelationId": str(uuid.UUID(int=generator.getrandbits(128), version=4)),
        "PartitionKey": order,
        "Payload": {
            "OrderId": order,
            "UserId": f"USER-{generator.randrange(10**6):06d}",
            "TotalAmount": generator.randrange(100, 10**6) / 100,
            "Currency": generator.choice(["USD", "USD", "USD", "EUR"]),
            "ProductIds": [],
            "Quantities": {},
            "Channel": "web",
            "Region": "eu-central-1",
            "createdUtc": f"2025-08-27T{generator.randrange(24):02d}:07:59.1234567Z",
        },
    }
    payload = event["Payload"]
    if size < 500:
        # Else there is no room for a product.
        del event["CorrelationId"], payload["Channel"], payload["Region"]
    while True:
        if len(payload["ProductIds"]) == shop:
            break
        product = None
        while product is None or product in payload["Quantities"]:
            product = f"PROD-{generator.randrange(shop):04d}"
        if len(text(event)) + 2 * len(product) + 8 > size:
            break
        payload["ProductIds"].append(product)
        payload["Quantities"][product] = generator.randrange(1, 5)
    payload["UserId"] += hex_digits(generator, size - len(text(event)))
    return event


def kinesis_event(records, size, shop=1_000, seed=1):
    """One shard's batch, as a Kinesis event source mapping delivers it."""
    generator = random.Random(seed)
    return text({"Records": [kinesis_record(generator, size, shop, index) for index in range(records)]})


def kinesis_record(generator, size, shop, index):
    number = str(49545115243490985018280067714973144582180062593244200961 + index * 2**70)
    order = order_event(generator, size, shop)
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": order["PartitionKey"],
            "sequenceNumber": number,
            "data": base64.b64encode(text(order)).decode(),
            "approximateArrivalTimestamp": 1756318080.648 + index / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000006:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-role",
        "awsRegion": "eu-central-1",
        "eventSourceARN": "arn:aws:kinesis:eu-central-1:123456789012:stream/orders",
    }


def data(record):
    """What the producer put into a Kinesis record."""
    return json.loads(base64.b64decode(record["kinesis"]["data"]))


def sqs_event(messages, seed=1):
    """A batch of new orders out of a queue that an SNS topic fills."""
    generator = random.Random(seed)
    return text({"Records": [sqs_record(generator, index) for index in range(messages)]})


def sqs_record(generator, index):
    message = {
        "orderId": f"O{index:04d}-{generator.randrange(10**8):08d}",
        "userId": f"U{generator.randrange(10**6):06d}",
        "itemName": generator.choice(NAMES),
        "quantity": generator.randrange(1, 5),
        "status": "new",
        "timestamp": f"2025-08-27T18:{index % 60:02d}:00.125Z",
        "amount": generator.randrange(100, 10**6) / 100,
        "currency": "USD",
        "customerEmail": f"customer{generator.randrange(10**6)}@example.com",
    }
    envelope = {
        "Type": "Notification",
        "MessageId": str(uuid.UUID(int=generator.getrandbits(128), version=4)),
        "TopicArn": "arn:aws:sns:eu-central-1:123456789012:orders",
        "Message": text(message).decode(),
        "Timestamp": "2025-08-27T18:08:00.648Z",
        "SignatureVersion": "1",
        "Signature": random_base64(generator, 256),
        "SigningCertURL": "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService.pem",
        "UnsubscribeURL": "https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns",
    }
    return {
        "messageId": str(uuid.UUID(int=generator.getrandbits(128), version=4)),
        "receiptHandle": random_base64(generator, 216),
        "body": text(envelope).decode(),
        "attributes": {
            "ApproximateReceiveCount": "1",
            "SentTimestamp": "1756318080648",
            "SenderId": "AIDAIT2UOQQY3AUEKVGXU",
            "ApproximateFirstReceiveTimestamp": "1756318080650",
        },
        "messageAttributes": {},
        "md5OfBody": "7b270e59b47ff90a553787216d55d91d",
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:123456789012:orders",
        "awsRegion": "eu-central-1",
    }


def http_event(seed=1):
    """An order of 0.5 KB that is posted to an HTTP API, in payload format 2.0."""
    generator = random.Random(seed)
    order = text(order_event(generator, 600, 1_000)["Payload"]).decode()
    host = "abcdef1234.execute-api.eu-central-1.amazonaws.com"
    iam = {
        "accessKey": "ASIAEXAMPLE",
        "accountId": "123456789012",
        "callerId": "AROAEXAMPLE:checkout",
        "cognitoIdentity": None,
        "principalOrgId": "aws:PrincipalOrgID",
        "userArn": "arn:aws:sts::123456789012:assumed-role/Checkout/checkout",
        "userId": "AROAEXAMPLE:checkout",
    }
    event = {
        "version": "2.0",
        "routeKey": "POST /orders",
        "rawPath": "/orders",
        "rawQueryString": "",
        "headers": {
            "accept": "*/*",
            "authorization": f"AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE, Signature={hex_digits(generator, 64)}",
            "content-length": str(len(order.encode())),
            "content-type": "application/json",
            "host": host,
            "idempotency-key": str(uuid.UUID(int=generator.getrandbits(128), version=4)),
            "user-agent": "curl/8.5.0",
            "x-amz-date": "20250827T180801Z",
            "x-amzn-trace-id": f"Root=1-68af4891-{hex_digits(generator, 24)}",
            "x-forwarded-for": "203.0.113.7",
            "x-forwarded-port": "443",
            "x-forwarded-proto": "https",
        },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "abcdef1234",
            "authorizer": {"iam": iam},
            "domainName": host,
            "domainPrefix": "abcdef1234",
            "http": {
                "method": "POST",
                "path": "/orders",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.7",
                "userAgent": "curl/8.5.0",
            },
            "requestId": "JKJaXmPLvHcESHA=",
            "routeKey": "POST /orders",
            "stage": "$default",
            "time": "27/Aug/2025:18:08:01 +0000",
            "timeEpoch": 1756318081000,
        },
        "body": order,
        "isBase64Encoded": False,
    }
    return text(event)


def pipe_event(changes, seed=1):
    """Changes of the Orders table from pending to shipped, as a Pipe delivers them; all pass both functions' rules."""
    generator = random.Random(seed)
    return text([pipe_record(generator, index) for index in range(changes)])


def table_changes(changes, seed=1):
    """Changes of the Orders table, as its stream has them: half are new orders, of which half are above 100 USD."""
    generator = random.Random(seed)
    return text([table_change(generator, pipe_record(generator, index)) for index in range(changes)])


def table_change(generator, record):
    amount = round(generator.lognormvariate(4.6, 1.2), 2)
    band = "LE100" if amount <= 100 else "normal-LE1000" if amount <= 1000 else "premium-GT1000"
    change = record["dynamodb"]
    for image in (change["OldImage"], change["NewImage"]):
        image |= {"amount": {"N": f"{amount:.2f}".rstrip("0").rstrip(".")}, "amountBand": {"S": band}}
    if generator.random() < 0.5:
        record["eventName"] = "INSERT"
        change["NewImage"] = change.pop("OldImage")
    else:
        change["NewImage"]["status"] = {"S": generator.choice(["shipped", "shipped", "cancelled"])}
    return record


def pipe_record(generator, index):
    order = f"ORD-{index:04d}-{generator.randrange(10**8):08d}"
    amount = generator.randrange(100_100, 10**6) / 100
    name, quantity = generator.choice(NAMES), generator.randrange(1, 5)

    def image(status, second):
        instant = f"2025-08-27T18:08:{second:02d}Z"
        names = ("status", "amount", "currency", "userId", "customerEmail", "itemName", "quantity")
        return {
            "orderId": {"S": order},
            "status": {"S": status},
            "amount": {"N": f"{amount:.2f}".rstrip("0").rstrip(".")},
            "currency": {"S": "USD"},
            "userId": {"S": f"U-{index}"},
            "customerEmail": {"S": f"customer{index}@example.com"},
            "itemName": {"S": name},
            "quantity": {"N": str(quantity)},
            "timestamp": {"S": instant},
            "createdAt": {"S": "2025-08-27T18:08:00Z"},
            "updatedAt": {"S": instant},
            "versions": {"M": {name: {"S": instant} for name in names}},
            "amountBand": {"S": "premium-GT1000"},
            "emailDomain": {"S": "example.com"},
        }

    return {
        "eventID": f"{generator.getrandbits(128):032x}",
        "eventName": "MODIFY",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-central-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1756318080,
            "Keys": {"orderId": {"S": order}},
            "NewImage": image("shipped", 30),
            "OldImage": image("pending", 0),
            "SequenceNumber": str(700000000006419839001370 + index),
            "SizeBytes": 1536,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:123456789012:table/orders/stream/2025-05-01T08:00:00.000",
    }
