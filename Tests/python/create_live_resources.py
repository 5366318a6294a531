"""Makes, with botocore, what LiveServiceTests works on, in the local AWS that AWS_ENDPOINT_URL names."""

import io
import json
import sys
import time
import zipfile

import botocore.session

name = sys.argv[1]
session = botocore.session.get_session()


def client(service):
    return session.create_client(service)


dynamodb = client("dynamodb")
table = dynamodb.create_table(
    TableName=name,
    KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
    AttributeDefinitions=[
        {"AttributeName": "PK", "AttributeType": "S"},
        {"AttributeName": "SK", "AttributeType": "S"},
    ],
    BillingMode="PAY_PER_REQUEST",
    StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
)["TableDescription"]
client("s3").create_bucket(
    Bucket=name, CreateBucketConfiguration={"LocationConstraint": session.get_config_variable("region")}
)
sqs = client("sqs")
dead_letters = sqs.create_queue(QueueName=name + "-dlq")["QueueUrl"]
dead_letters_arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"][
    "QueueArn"
]
redrive = json.dumps({"deadLetterTargetArn": dead_letters_arn, "maxReceiveCount": 1})
queue = sqs.create_queue(QueueName=name, Attributes={"RedrivePolicy": redrive})["QueueUrl"]
queue_arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
sns = client("sns")
topic = sns.create_topic(Name=name)["TopicArn"]
policy = {
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": queue_arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
    ]
}
sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps(policy)})
sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue_arn)
kinesis = client("kinesis")
kinesis.create_stream(StreamName=name, ShardCount=2)
template = json.dumps(
    {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name + "-stack"}}},
        "Outputs": {"QueueName": {"Value": name + "-stack <&> \u00e9"}},
    }
)
cloudformation = client("cloudformation")
cloudformation.create_stack(StackName=name, TemplateBody=template)
archive = io.BytesIO()
with zipfile.ZipFile(archive, "w") as package:
    package.writestr("index.py", "def handler(event, context):\n    return {'got': event['amount']}\n")
role = client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}")["Role"]["Arn"]
client("lambda").create_function(
    FunctionName=name,
    Runtime="python3.12",
    Handler="index.handler",
    Role=role,
    Code={"ZipFile": archive.getvalue()},
)
for _ in range(100):
    if kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE":
        break
    time.sleep(0.05)
print(
    json.dumps(
        {
            "stream": table["LatestStreamArn"],
            "queue": queue,
            "deadLetters": dead_letters,
            "deadLettersARN": dead_letters_arn,
            "topic": topic,
        }
    )
)
