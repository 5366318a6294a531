"""What the template promises of every resource of a kind: properties as CloudFormation makes them of its parameters.

Who may do what is in test_roles.py.
"""

from __future__ import annotations

from typing import Any

import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

import keypolicy
from awsmodel.account import Account
from awsmodel.deployed import Deployed
from cloudwatch.template import TEMPLATE, resources
from pipeline.stack import ROOT

KEY = "arn:aws:kms:eu-central-1:123456789012:key/5d6a"


def properties(kind: str, **parameters: str) -> dict[str, dict[str, Any]]:
    """By logical id, with these parameters and the defaults."""
    account = Account(ROOT / "cloudformation.yaml")
    account.parameters |= parameters
    deployed = Deployed(account)
    return {name: deployed.resolve(value) for name, value in resources(kind).items()}


# Where a resource that holds data names its key.
KEYS = {
    "AWS::DynamoDB::Table": ("SSESpecification", "KMSMasterKeyId"),
    "AWS::Kinesis::Stream": ("StreamEncryption", "KeyId"),
    "AWS::Logs::LogGroup": ("KmsKeyId",),
    "AWS::S3::Bucket": ("BucketEncryption", "ServerSideEncryptionConfiguration", 0, "ServerSideEncryptionByDefault",
                        "KMSMasterKeyID"),
    "AWS::SNS::Topic": ("KmsMasterKeyId",),
    "AWS::SQS::Queue": ("KmsMasterKeyId",),
}  # fmt: skip


@pytest.mark.parametrize("kind", KEYS)
def test_a_key_of_one_s_own_is_everything_s_that_holds_data(kind: str) -> None:
    found = properties(kind, KmsKeyArn=KEY)
    assert found
    for name, value in found.items():
        for step in KEYS[kind]:
            value = value[step]
        assert value == KEY, name
    assert KEY not in str(properties(kind))


def test_the_documented_statement_for_a_change_of_keys_grants_what_the_roles_get() -> None:
    """To no other roles, and by those services only that roles call and that encrypt something with the key."""
    granted, services = [], set()
    roles = properties("AWS::IAM::Role", KmsKeyArn=KEY)
    for role in roles.values():
        for statement in (one for policy in role["Policies"] for one in policy["PolicyDocument"]["Statement"]):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            services |= {action.partition(":")[0] for action in actions}
            if statement["Resource"] == KEY:
                granted.append(actions)
    # CloudWatch Logs uses the key in its own name.
    services &= {kind.split("::")[1].lower() for kind in KEYS} - {"logs"}
    documented = keypolicy.documented()["RolesOfTheStack"]
    assert granted == [documented["Action"]] * len(roles)
    assert documented["Condition"] == {
        "StringEquals": {
            "kms:CallerAccount": "ACCOUNT",
            "kms:ViaService": [f"{service}.REGION.amazonaws.com" for service in sorted(services)],
        },
        "ArnLike": {"aws:PrincipalArn": "arn:PARTITION:iam::ACCOUNT:role/STACK-*"},
    }


def test_who_calls_a_service_may_use_the_documented_key_for_tables_only() -> None:
    """What else is encrypted is read by whom a policy lets use the key, beside the service."""
    everybody = [one for one in keypolicy.documented().values() if one["Principal"] == {"AWS": "*"}]
    tables = [one["Condition"] for one in everybody if "aws:PrincipalArn" not in str(one)]
    assert [one["StringEquals"]["kms:ViaService"] for one in tables] == ["dynamodb.REGION.amazonaws.com"]


def names_given(value: Any, at: str = "") -> dict[str, list[str]]:
    """Parameters that are taken as they are for a property called a name, each with the places of these properties."""
    found: dict[str, list[str]] = {}
    for member, inner in value.items() if isinstance(value, dict) else ():
        match inner:
            case {"Ref": parameter} if parameter in TEMPLATE.parameters and member.endswith("Name"):
                found.setdefault(parameter, []).append(f"{at}/{member}")
            case _:
                for parameter, places in names_given(inner, f"{at}/{member}").items():
                    found.setdefault(parameter, []).extend(places)
    return found


def test_another_name_by_a_parameter_is_another_resource() -> None:
    """CloudFormation replaces a resource for these properties only; a service may refuse to rename what it has."""
    named = set()
    for name, resource in TEMPLATE.resources.items():
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource["Type"]).schema
        replacing = set(schema.get("createOnlyProperties", []))
        for parameter, places in names_given(resource["Properties"]).items():
            assert {f"/properties{place}" for place in places} & replacing, (name, parameter)
            named.add(name)
    assert named == {"ArchiveCatalogDatabase"}


def test_every_function_is_traced_as_the_parameter_says() -> None:
    for mode in TEMPLATE.parameters["Tracing"].definition["AllowedValues"]:
        functions = properties("AWS::Lambda::Function", Tracing=mode)
        assert {value["TracingConfig"]["Mode"] for value in functions.values()} == {mode}


def test_each_mapping_counts_its_events() -> None:
    for value in properties("AWS::Lambda::EventSourceMapping").values():
        assert value["MetricsConfig"] == {"Metrics": ["EventCount"]}


def test_each_pipe_tries_again_goes_by_halves_and_logs_errors_without_data() -> None:
    groups = properties("AWS::Logs::LogGroup", LogRetentionDays="14")
    for name, value in properties("AWS::Pipes::Pipe", MaximumRetryAttempts="7").items():
        source = value["SourceParameters"]["DynamoDBStreamParameters"]
        assert (source["MaximumRetryAttempts"], source["OnPartialBatchItemFailure"]) == ("7", "AUTOMATIC_BISECT")
        log = value["LogConfiguration"]
        assert log == {"Level": "ERROR", "CloudwatchLogsLogDestination": {"LogGroupArn": f"{name}LogGroup.Arn"}}
        group = groups[f"{name}LogGroup"]
        assert group["LogGroupName"].startswith("/aws/vendedlogs/pipes/") and group["RetentionInDays"] == "14"
    assert TEMPLATE.parameters["MaximumRetryAttempts"].default == "5"


def test_the_aggregator_waits_for_a_record_s_last_invocation_and_for_its_letter() -> None:
    """EventContest.lastInvocation and AnalyticsTable.letterRetention are as long as the template lets these be."""
    window = TEMPLATE.document["Parameters"]["AnalyticsWindowSeconds"]["MaxValue"]
    function = properties("AWS::Lambda::Function")["AnalyticsAggregator"]
    source = (ROOT / "Sources/OrderFunctions/AnalyticsAggregator/EventContest.swift").read_text()
    assert f"lastInvocation: Int64 = {window} + {function['Timeout']} + 60\n" in source
    queue = properties("AWS::SQS::Queue")["AnalyticsDLQ"]
    table = (ROOT / "Sources/OrderFunctions/Tables/AnalyticsTable.swift").read_text()
    assert f"letterRetention: Duration = .seconds({queue['MessageRetentionPeriod'] // 86_400} * 86_400)\n" in table


@pytest.mark.parametrize("days", TEMPLATE.parameters["StreamRetentionDays"].definition["AllowedValues"])
def test_a_claim_is_good_as_long_as_its_record_may_come_again(days: int) -> None:
    """The stream keeps it for so many days, and the dead-letter queue for some more."""
    stream = properties("AWS::Kinesis::Stream", StreamRetentionDays=str(days))["OrderStream"]
    assert stream["RetentionPeriodHours"] == 24 * days
    function = properties("AWS::Lambda::Function", StreamRetentionDays=str(days))["AnalyticsAggregator"]
    variables = function["Environment"]["Variables"]
    letters = properties("AWS::SQS::Queue")["AnalyticsDLQ"]["MessageRetentionPeriod"] // 86_400
    assert variables["DEDUPLICATION_TTL_DAYS"] == str(days + letters)
    assert variables["STREAM_RETENTION_DAYS"] == str(days)


def test_a_message_that_is_only_gathered_is_not_called_late() -> None:
    """Neither by the alarm nor by `orders doctor`, whatever the window."""
    window = TEMPLATE.document["Parameters"]["OrderQueueWindowSeconds"]["MaxValue"]
    function = properties("AWS::Lambda::Function")["OrderWriter"]
    threshold = properties("AWS::CloudWatch::Alarm")["OrderQueueAgeAlarm"]["Threshold"]
    assert window + function["Timeout"] < threshold
    source = (ROOT / "Sources/OrdersCommand/Doctor/Judgement.swift").read_text()
    assert f"longestWait = Duration.seconds({threshold})\n" in source


def test_a_dead_letter_queue_takes_letters_of_its_own_source_only() -> None:
    queues = properties("AWS::SQS::Queue")
    source = queues.pop("OrderQueue")["RedrivePolicy"]["deadLetterTargetArn"]
    for name, value in queues.items():
        allowed = value["RedriveAllowPolicy"]
        if name == "OrderDLQ":
            assert allowed["redrivePermission"] == "byQueue" and len(allowed["sourceQueueArns"]) == 1
            assert source.endswith(f"-{name}-X1Y2")
        else:
            assert allowed == {"redrivePermission": "denyAll"}, name


def test_what_sns_cannot_deliver_has_a_queue() -> None:
    [subscription] = [value for value in properties("AWS::SNS::Subscription").values() if value["Protocol"] == "sqs"]
    assert subscription["RedrivePolicy"]["deadLetterTargetArn"].endswith("-OrderTopicDLQ-X1Y2")


class TestArchive:
    def rules(self, **parameters: str) -> dict[str, dict[str, Any]]:
        [bucket] = properties("AWS::S3::Bucket", **parameters).values()
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
        return {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}

    def test_only_objects_that_s3_would_move_anyway_are_moved(self) -> None:
        """Of smaller ones a rule says nothing by default: 128 KB."""
        for rule in self.rules().values():
            assert "Transitions" not in rule or int(rule["ObjectSizeGreaterThan"]) >= 128 * 1024

    def test_failed_records_go_with_their_versions(self) -> None:
        rules = [rule for rule in self.rules(FailedRecordsExpirationDays="20").values() if "Prefix" in rule]
        [failed] = [rule for rule in rules if rule["Prefix"] == "dead-letters/"]
        assert failed["ExpirationInDays"] == "20"
        assert failed["NoncurrentVersionExpiration"] == {"NoncurrentDays": 1}

    def test_nothing_expires_that_is_to_be_kept(self) -> None:
        assert "DeleteOldObjects" not in self.rules()
        rule = self.rules(ArchiveExpirationDays="400")["DeleteOldObjects"]
        # Dead letters have a time of their own, and S3 would take the shorter one.
        assert (rule["ExpirationInDays"], rule["Prefix"]) == ("400", "orders/")
