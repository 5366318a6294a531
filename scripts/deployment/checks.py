"""What is refused or warned of before anything changes: decisions over values, without asking AWS.

Each says what is wrong and what to do.
"""

from __future__ import annotations

import datetime
import difflib
from dataclasses import dataclass
from decimal import Decimal

from .callers import check_callers
from .findings import Findings
from .template import Template

# A region in which AWS::Pipes::Pipe is unknown, by the resource schemas of cfn-lint 1.51.0 (its check E3006). A test
# compares this list with the version that is installed.
REGIONS_WITHOUT_PIPES = frozenset(
    {
        "ap-east-2",
        "ap-southeast-4",
        "ap-southeast-5",
        "ap-southeast-6",
        "ap-southeast-7",
        "ca-west-1",
        "il-central-1",
        "mx-central-1",
        "us-gov-east-1",
        "us-gov-west-1",
    }
)

# Of a Pipe's filter pattern: the service's own limit, which a test compares with its model.
MAXIMUM_PATTERN_CHARACTERS = 4_096

# Of TestEmailDomains, which both processors have as a variable: the 4 KB that Lambda allows a function's variables,
# less what PremiumOrdersProcessor's others take at most, in a stack of 40 letters and the region of the longest name;
# a test adds them up. Lambda measures their JSON text, which its error shows as "String measured":
# https://github.com/github-aws-runners/terraform-aws-github-runner/issues/3594
MAXIMUM_DOMAINS_CHARACTERS = 3_433

# "New AWS accounts have reduced concurrency and memory quotas", which grow with use; this is the least of memory that
# anybody tells of: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html and
# https://github.com/aws-solutions-library-samples/accelerated-intelligent-document-processing-on-aws/issues/79
NEW_ACCOUNTS_MEMORY = 3_008
# Concurrent invocations of an account whose quotas were not reduced.
FULL_CONCURRENCY = 1_000

# Shards with which Kinesis starts a stream on demand.
ON_DEMAND_SHARDS = 4


@dataclass(frozen=True)
class Surroundings:
    """What AWS says of the account, the region and the stack as it is; None where it does not say."""

    region: str
    bucket: str
    bucket_region: str | None = None
    # The caller's account, where the bucket is not of it.
    account_without_bucket: str | None = None
    # Open shards of the deployed order stream.
    open_shards: int | None = None
    # Of the account in this region, and what no function has reserved of it.
    concurrency: int | None = None
    unreserved_concurrency: int | None = None
    # Whether CloudFormation knows AWS::Pipes::Pipe in this region; None where nobody asked.
    has_pipes: bool | None = None
    # Whether the deployed Analytics table holds anything.
    has_counted: bool | None = None
    # Whether the caller may not look into it.
    is_count_denied: bool = False
    # What the order stream holds behind its functions, in words; asked for where its retention becomes shorter.
    waiting: tuple[str, ...] = ()
    # What could not be found out of that, and what to do.
    unread: str = ""


def unknown_parameters(given: dict[str, str], template: Template) -> list[str]:
    """A name that the template does not have is a mistake: it would silently change nothing."""
    known = template.parameters
    texts = []
    for name in given.keys() - known.keys():
        by_small_letters = {other.lower(): other for other in known}
        close = difflib.get_close_matches(name.lower(), by_small_letters, n=1)
        hint = f"did you mean {by_small_letters[close[0]]}?" if close else f"there are {', '.join(sorted(known))}"
        texts.append(f"there is no parameter {name}; {hint}")
    return sorted(texts)


def bad_values(given: dict[str, str], template: Template) -> list[str]:
    """Values that the template's own constraints do not allow, or that would keep the functions from starting."""
    problems = [template.parameters[name].problem(value) for name, value in given.items()]
    if "EarliestOrderDate" in given and not any(problems):
        # A pattern does not know how long months are.
        try:
            datetime.date.fromisoformat(given["EarliestOrderDate"])
        except ValueError:
            problems.append(f"EarliestOrderDate: {given['EarliestOrderDate']} is no day; give one such as 2000-01-01")
    return [problem for problem in problems if problem]


def effective_values(given: dict[str, str], previous: dict[str, str], template: Template) -> dict[str, str]:
    """What each parameter will be: as given, else as it is in the stack, else the template's default."""
    defaults = {name: parameter.default or "" for name, parameter in template.parameters.items()}
    return defaults | {name: value for name, value in previous.items() if name in defaults} | given


def check(template: Template, values: dict[str, str], previous: dict[str, str], surroundings: Surroundings) -> Findings:
    """Everything that can be known before the deployment; `previous` is empty for a new stack."""
    findings = Findings()
    check_kept(template, values, previous, findings)
    if findings.refusals:
        # The other checks read what a value says.
        return findings
    check_thresholds(values, findings)
    check_visibility(values, template.setting("OrderWriter", "Timeout"), findings)
    check_shards(values, surroundings.open_shards, findings)
    check_stream_mode(values, previous, findings)
    check_deduplication(values, previous, findings)
    check_retention(values, previous, surroundings, findings)
    check_key(template, values, previous, findings)
    check_counting(previous, surroundings, findings)
    check_patterns(template, values, findings)
    check_domains(template, values, findings)
    check_callers(values, previous, findings)
    check_region(surroundings, findings)
    check_owner(surroundings, findings)
    check_regions_of_arns(values, surroundings.region, findings)
    most = template.setting("OrderWriterMapping", "ScalingConfig", "MaximumConcurrency")
    check_concurrency(values, most, surroundings, findings)
    check_memory(values, previous, surroundings, findings)
    return findings


def check_kept(template: Template, values: dict[str, str], previous: dict[str, str], findings: Findings) -> None:
    """A value that the stack has by an older template: CloudFormation would refuse it once everything is uploaded."""
    kept = {name: value for name, value in values.items() if previous.get(name) == value}
    for problem in bad_values(kept, template):
        findings.refuse(f"{problem}, but the stack has it from an older template: give another with --parameter")


def check_thresholds(values: dict[str, str], findings: Findings) -> None:
    """The functions refuse to start with two thresholds between which there is no order."""
    normal, premium = values["NormalMinimumAmount"], values["PremiumMinimumAmount"]
    if Decimal(premium) <= Decimal(normal):
        findings.refuse(
            f"PremiumMinimumAmount ({premium}) must be greater than NormalMinimumAmount ({normal}): give both, "
            "as a parameter that is not given keeps its value"
        )


def check_visibility(values: dict[str, str], timeout: int, findings: Findings) -> None:
    """A message is hidden from its receive on, while Lambda gathers others and while the function works on them.

    Lambda itself refuses less than the function's timeout only. With less than both, messages come back before their
    batch is done, and three receives lead to OrderDLQ.
    """
    visibility, window = int(values["OrderQueueVisibilityTimeout"]), int(values["OrderQueueWindowSeconds"])
    least, recommended = timeout + window, 6 * timeout + window
    if visibility < least:
        findings.refuse(
            f"OrderQueueVisibilityTimeout ({visibility} s) is below {least} s, OrderWriter's timeout of {timeout} s "
            f"and OrderQueueWindowSeconds ({window} s): order messages would be received again before their batch is "
            f"done, and go to OrderDLQ after 3 receives. Set at least {least}, better {recommended}"
        )
    elif visibility < recommended:
        findings.warn(
            f"OrderQueueVisibilityTimeout ({visibility} s) is below {recommended} s, six times OrderWriter's timeout "
            "and OrderQueueWindowSeconds, which AWS recommends: a message may be received again while it is worked on"
        )


def shortens_retention(values: dict[str, str], previous: dict[str, str]) -> bool:
    before = previous.get("StreamRetentionDays")
    return before is not None and int(values["StreamRetentionDays"]) < int(before)


def check_retention(
    values: dict[str, str], previous: dict[str, str], surroundings: Surroundings, findings: Findings
) -> None:
    """Kinesis forgets at once what is older than the new retention."""
    if not shortens_retention(values, previous):
        return
    before, after = previous["StreamRetentionDays"], values["StreamRetentionDays"]
    loss = f"StreamRetentionDays goes from {before} to {after}, and Kinesis forgets what is older at once"
    if surroundings.waiting:
        findings.refuse(
            f"{loss}: {'; '.join(surroundings.waiting)}. "
            "Wait until the functions have caught up (scripts/orders doctor)"
        )
    if surroundings.unread:
        findings.refuse(f"{loss}: {surroundings.unread}")


def check_key(template: Template, values: dict[str, str], previous: dict[str, str], findings: Findings) -> None:
    """Stream and queues encrypt anew only what comes after the change: what they hold needs the key it came with.

    https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html
    """
    before, after, former = previous.get("KmsKeyArn"), values["KmsKeyArn"], values["FormerKmsKeyArn"]
    letters, messages = (
        template.setting(queue, "MessageRetentionPeriod") // 86_400 for queue in ("OrderDLQ", "OrderQueue")
    )
    # A shorter retention forgets at once what is older.
    stream = int(values["StreamRetentionDays"])
    kept = f"the stream's records for {stream} days, order messages for {messages} and dead letters for {letters}"
    if before and before not in (after, former):
        findings.refuse(
            f"KmsKeyArn goes from {before} to {after or 'none'}, and functions and Pipes could no longer read what is "
            f"encrypted with it: {kept}. Give FormerKmsKeyArn={before} as well, leave it for {max(stream, letters)} "
            "days, and keep that key enabled as long as objects, logs and backups of it are to be read"
        )
    earlier = previous.get("FormerKmsKeyArn")
    if earlier and earlier not in (after, former):
        findings.warn(
            f"FormerKmsKeyArn is no longer {earlier}: right only once nothing waits that is encrypted with it. Behind "
            f"the change to another key that is {kept}"
        )


def stranded_key(given: dict[str, str], previous: dict[str, str]) -> str | None:
    """The key that no role has once an update to it is rolled back, and that something may be encrypted with.

    None where the key does not change, where the roles have it all the same, and for AWS's own keys, which need no
    permission.
    """
    key = given.get("KmsKeyArn")
    return key if key and key not in (previous.get("KmsKeyArn"), previous.get("FormerKmsKeyArn")) else None


def check_counting(previous: dict[str, str], surroundings: Surroundings, findings: Findings) -> None:
    """Rows without positions and claims without owners, of which this version cannot tell what is counted in them."""
    if not previous or "AnalyticsWindowSeconds" in previous:
        return
    if surroundings.has_counted:
        findings.refuse(
            "the stack's Analytics table was counted by a version before 1.0, whose items (format 1) this one does not "
            "know: deploy under another --stack, have producers send to it, and once the old stack is drained let "
            "scripts/orders rebuild count its archive; or empty the table while the stream is drained, and deploy"
        )
    elif surroundings.is_count_denied:
        findings.warn(
            "the stack is of a version before 1.0, and whether its Analytics table holds what that version has counted "
            "was not checked, since dynamodb:Scan on it is denied to you: such items (format 1) are unknown to this "
            "version, which counts nothing where it finds them"
        )


def check_shards(values: dict[str, str], open_shards: int | None, findings: Findings) -> None:
    """UpdateShardCount goes to twice the open shards at most, and to half of them at least."""
    wanted = int(values["StreamShards"])
    if wanted == 0 or open_shards is None:
        return
    least, most = (open_shards + 1) // 2, 2 * open_shards
    if not least <= wanted <= most:
        findings.refuse(
            f"StreamShards ({wanted}): the stream has {open_shards} open shards, and Kinesis goes to between {least} "
            f"and {most} in one step: deploy with StreamShards={least if wanted < least else most} first"
        )


def check_stream_mode(values: dict[str, str], previous: dict[str, str], findings: Findings) -> None:
    """AWS counts how often a stream changes its mode.

    https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
    """
    before, after = previous.get("StreamShards"), values["StreamShards"]
    if before is None or (int(before) == 0) == (int(after) == 0):
        return
    way = "to on demand" if int(after) == 0 else "from on demand to shards of its own"
    findings.warn(
        f"StreamShards goes from {before} to {after}, and the order stream {way}, which AWS allows twice in 24 hours: "
        "a third time fails, be it the way back of an update that fails, which ends in UPDATE_ROLLBACK_FAILED then"
    )


def check_deduplication(values: dict[str, str], previous: dict[str, str], findings: Findings) -> None:
    """The archive does not tell by which of them an event counted that came again."""
    audited = (
        "scripts/orders audit and rebuild judge the past by it as well: note the day of the change, since rows of "
        "events that came more than once before it may be right and differ (docs/audit.md, What is the same event)"
    )
    before, after = previous.get("Deduplication"), values["Deduplication"]
    if after == "shard" and before != after:
        findings.warn(
            "with Deduplication=shard an order counts twice that is put into the stream twice: by a producer that "
            "repeats itself, and by OrderIntake, an SDK or the Kinesis Producer Library after an answer that was lost"
        )
    if before and before != after:
        findings.warn(
            f"Deduplication changes from {before} to {after}: right only on a drained stream, when producers have "
            "stopped and scripts/orders doctor says of AnalyticsAggregator that it has read all there is in every "
            f"shard (--read-for, where it says -), since each way does not know what the other has counted. {audited}"
        )
    kept, keeps = previous.get("StreamRetentionDays"), values["StreamRetentionDays"]
    if kept and int(kept) != int(keeps) and "event" in (before, after):
        findings.warn(
            f"StreamRetentionDays changes from {kept} to {keeps}, and with it for how long an event counts once: "
            f"{audited}"
        )


def check_patterns(template: Template, values: dict[str, str], findings: Findings) -> None:
    """EventBridge Pipes would refuse the pattern in the middle of the deployment."""
    for pipe, patterns in template.patterns(values).items():
        longest, limit = max(map(len, patterns), default=0), MAXIMUM_PATTERN_CHARACTERS
        if longest > limit:
            findings.refuse(
                f"TestEmailDomains is too long by {longest - limit} characters: a filter pattern of {pipe} would have "
                f"{longest}, and AWS allows {limit}. Leave out what is below another domain of the list"
            )


def check_domains(template: Template, values: dict[str, str], findings: Findings) -> None:
    """Lambda would refuse the processors' variables in the middle of the deployment."""
    domains = template.parameters["TestEmailDomains"].elements(values["TestEmailDomains"])
    characters, limit = len(",".join(domains)), MAXIMUM_DOMAINS_CHARACTERS
    if characters > limit:
        findings.refuse(
            f"TestEmailDomains is too long by {characters - limit} characters: it has {characters}, and {limit} are "
            "left of the 4 KB that Lambda allows a function's variables. Leave out what is below another domain of the "
            "list"
        )


def check_region(surroundings: Surroundings, findings: Findings) -> None:
    region, bucket, found = surroundings.region, surroundings.bucket, surroundings.bucket_region
    if found is not None and found != region:
        findings.refuse(
            f"bucket {bucket} is in {found}, but Lambda takes functions for {region} from a bucket there only: choose "
            f"another or make one with: aws s3 mb s3://NAME --region {region}"
        )
    if region in REGIONS_WITHOUT_PIPES and surroundings.has_pipes is not True:
        findings.refuse(
            f"EventBridge Pipes are not offered in {region}, and both processors get their orders through one: choose "
            "another region"
        )


def check_owner(surroundings: Surroundings, findings: Findings) -> None:
    """A bucket of an organization's artifacts may be meant; one that was mistyped, or registered anew, is not."""
    if (account := surroundings.account_without_bucket) is not None:
        findings.warn(
            f"bucket {surroundings.bucket} is not of this account ({account}): whoever may write to it, such as its "
            "owner, can put other functions in the place of those that are uploaded, and they run in this account. Go "
            "on only if you know whose it is; otherwise choose another or make one with: "
            f"aws s3 mb s3://NAME --region {surroundings.region}"
        )


def check_regions_of_arns(values: dict[str, str], region: str, findings: Findings) -> None:
    """Services take keys of their own region only, and CloudWatch topics: the stack would fail in its middle."""
    for name in ("KmsKeyArn", "FormerKmsKeyArn", "AlarmTopicArn"):
        # arn:partition:service:region:account:resource
        found = values[name].split(":")[3] if values[name] else region
        if found != region:
            findings.refuse(
                f"{name} ({values[name]}) is in {found}, but the stack is for {region}, whose services use what is "
                f"there only: give one of {region}, or --region {found}"
            )


def wanted_concurrency(values: dict[str, str], writer: int, open_shards: int | None) -> int:
    """Invocations that the pipeline may have at a time; `orders doctor` reckons the same, and a test compares.

    Two functions read each shard of the order stream. Each Pipe invokes once for each shard of the Orders stream, of
    which a small table has one.
    """
    shards = int(values["StreamShards"]) or max(ON_DEMAND_SHARDS, open_shards or 0)
    return writer + 2 * shards + 2 + int(values["ApiBurst"])


def check_concurrency(values: dict[str, str], writer: int, surroundings: Surroundings, findings: Findings) -> None:
    """A throttled invocation uses up one of an order message's three receives."""
    unreserved = surroundings.unreserved_concurrency
    if unreserved is None:
        return
    wanted = wanted_concurrency(values, writer, surroundings.open_shards)
    if unreserved >= wanted:
        return
    findings.warn(
        f"this account runs {unreserved} invocations at a time in {surroundings.region} without reservation (of "
        f"{surroundings.concurrency} in all), and the pipeline up to {wanted}, {values['ApiBurst']} of them for orders "
        "by HTTP (ApiBurst): beyond that it is throttled, and a throttled order message goes to OrderDLQ after 3 "
        "receives. Ask for more with: aws service-quotas request-service-quota-increase --service-code lambda "
        f"--quota-code L-B99A9384 --desired-value 1000 --region {surroundings.region}"
    )


def check_memory(
    values: dict[str, str], previous: dict[str, str], surroundings: Surroundings, findings: Findings
) -> None:
    """Nothing asks Lambda for the quota of memory; that of concurrency tells the accounts that have less of both."""
    memory, concurrency = values["FunctionMemorySize"], surroundings.concurrency
    if int(memory) <= NEW_ACCOUNTS_MEMORY or concurrency is None or concurrency >= FULL_CONCURRENCY:
        return
    # What the stack has, the account allows.
    if int(previous.get("FunctionMemorySize", "0")) >= int(memory):
        return
    findings.warn(
        f"FunctionMemorySize ({memory}) is above {NEW_ACCOUNTS_MEMORY}, and this account runs {concurrency} "
        f"invocations at a time in {surroundings.region}, as new ones do, to which AWS gives less memory as well: if "
        "Lambda refuses it ('MemorySize' value failed to satisfy constraint), everything is rolled back. Give "
        f"{NEW_ACCOUNTS_MEMORY} at most, or ask AWS Support for more"
    )
