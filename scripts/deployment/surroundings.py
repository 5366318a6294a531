"""Asks AWS for what the checks look at.

What it refuses to answer is left out, or warned of where nobody would notice: no check is a reason to need more rights
than the deployment.
"""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from .checks import REGIONS_WITHOUT_PIPES, Surroundings
from .errors import DeploymentError
from .stack import Stack


def survey(session: boto3.Session, stack: Stack, bucket: str) -> Surroundings:
    """The account, the region and the bucket, and of the stack what is deployed already."""
    region = session.region_name
    settings = _account_settings(session)
    limit = settings.get("AccountLimit", {})
    has_counted, is_count_denied = _counted(session, stack)
    bucket_region = _bucket_region(session, bucket)
    return Surroundings(
        region=region,
        bucket=bucket,
        bucket_region=bucket_region,
        # In another region it is refused anyway, and the answer's 403 need not be the owner's.
        account_without_bucket=_account_without(session, bucket) if bucket_region in (None, region) else None,
        open_shards=_open_shards(session, stack),
        concurrency=limit.get("ConcurrentExecutions"),
        unreserved_concurrency=limit.get("UnreservedConcurrentExecutions"),
        has_pipes=_has_pipes(session) if region in REGIONS_WITHOUT_PIPES else None,
        has_counted=has_counted,
        is_count_denied=is_count_denied,
    )


def _bucket_region(session: boto3.Session, bucket: str) -> str | None:
    """An error for a bucket that cannot be used; the client follows S3's redirection to another region."""
    try:
        answer = session.client("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        # 404: there is none; 403: somebody else's, or not allowed.
        if (region := _headers(error.response).get("x-amz-bucket-region")) not in (None, session.region_name):
            return region
        raise DeploymentError(
            f"bucket {bucket} cannot be used: {error}. If it does not exist, make it with: "
            f"aws s3 mb s3://{bucket} --region {session.region_name}"
        ) from error
    return _headers(answer).get("x-amz-bucket-region")


def _account_without(session: boto3.Session, bucket: str) -> str | None:
    """The caller's account, where the bucket, which lets the caller in, is another account's."""
    try:
        account = session.client("sts").get_caller_identity()["Account"]
        session.client("s3").head_bucket(Bucket=bucket, ExpectedBucketOwner=account)
    except ClientError as error:
        is_anothers = error.operation_name == "HeadBucket" and error.response["Error"]["Code"] == "403"
        return account if is_anothers else None
    except BotoCoreError:
        return None
    return None


def _headers(answer: dict[str, Any]) -> dict[str, str]:
    return answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})


def _account_settings(session: boto3.Session) -> dict[str, Any]:
    try:
        return session.client("lambda").get_account_settings()
    except (BotoCoreError, ClientError):
        return {}


def _open_shards(session: boto3.Session, stack: Stack) -> int | None:
    stream = stack.physical_ids().get("OrderStream") if stack.exists else None
    if stream is None:
        return None
    try:
        summary = session.client("kinesis").describe_stream_summary(StreamName=stream)
    except (BotoCoreError, ClientError):
        return None
    return summary["StreamDescriptionSummary"]["OpenShardCount"]


def _counted(session: boto3.Session, stack: Stack) -> tuple[bool | None, bool]:
    """Whether the Analytics table holds anything, and whether the caller may not know."""
    table = stack.physical_ids().get("AnalyticsTable") if stack.exists else None
    if table is None:
        return None, False
    try:
        page = session.client("dynamodb").scan(TableName=table, Limit=1, Select="COUNT", ConsistentRead=True)
    except ClientError as error:
        return None, error.response["Error"]["Code"] == "AccessDeniedException"
    except BotoCoreError:
        return None, False
    return page["Count"] > 0, False


def _has_pipes(session: boto3.Session) -> bool | None:
    """Whether the list of regions is out of date: CloudFormation knows its own types."""
    client = session.client("cloudformation")
    try:
        client.describe_type(Type="RESOURCE", TypeName="AWS::Pipes::Pipe")
    except client.exceptions.TypeNotFoundException:
        return False
    except (BotoCoreError, ClientError):
        return None
    return True
