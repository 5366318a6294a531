"""Attacks on a started stack: by another user of this machine, by a web page, and by somebody without its keys."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import os
import re
import socket
import stat
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from localaws import peers

from pipeline.stack import ROOT, Stack
from support import image, invoke, run_script, stream_record

NOBODY = 65534
REFUSED = {"InvalidClientTokenId", "SignatureDoesNotMatch", "MissingAuthenticationToken", "403"}

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

# Sends $2 to 127.0.0.1:$1 and prints what comes back; with a third argument it goes away at once.
SEND = 'exec 3<>"/dev/tcp/127.0.0.1/$1"; printf %s "$2" >&3; [[ -z ${3:-} ]] || exit 0; timeout 5 cat <&3'


def send(port: int, request: str, *more: str, user: int | None = None) -> str:
    """The raw answer; empty where the connection was closed without one."""
    other = {} if user is None else {"user": user, "group": user, "extra_groups": []}
    command = ["/bin/bash", "-c", SEND, "send", str(port), request, *more]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", **other).stdout


def raw(method: str, path: str, body: str = "", **headers: str) -> str:
    fields = {"Host": "127.0.0.1", "Connection": "close", "Content-Length": str(len(body))}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    return f"{method} {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in fields.items()) + f"\r\n{body}"


def signed(stack: Stack, target: str, body: str, **headers: str) -> str:
    """A request of SQS with the stack's own keys, as somebody would send it who has stolen them."""
    request = AWSRequest("POST", stack.endpoint_url + "/", data=body)
    request.headers["X-Amz-Target"] = f"AmazonSQS.{target}"
    request.headers["Content-Type"] = "application/x-amz-json-1.0"
    SigV4Auth(Credentials(stack.access_key_id, stack.secret_access_key), "sqs", stack.region).add_auth(request)
    fields = {"Host": urlsplit(stack.endpoint_url).netloc, **dict(request.headers.items())}
    return raw("POST", "/", body, **({k.replace("-", "_"): v for k, v in fields.items()} | headers))


def status(answer: str) -> int:
    return int(answer.split(" ", 2)[1])


@pytest.fixture
def port(stack: Stack) -> int:
    return int(urlsplit(stack.endpoint_url).port or 0)


@pytest.fixture
def runtime_apis(stack: Stack) -> list[int]:
    """Where the stack's functions get their events."""
    record = stream_record("event-1", "INSERT", image("safety", "shipped", "1"))
    answer, error = invoke(stack, "NormalOrdersProcessor", [record])
    assert error is None, answer
    return [port for port in listening(ROOT / ".local/run") if str(port) not in stack.endpoint_url]


def listening(run_directory: Path) -> list[int]:
    """The ports of the run directory's server."""
    pid = (run_directory / "server.pid").read_text().split()[0]
    sockets = set()
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        # The server goes on meanwhile, and closes some of its connections.
        with contextlib.suppress(FileNotFoundError):
            if found := re.fullmatch(r"socket:\[(\d+)\]", str(descriptor.readlink())):
                sockets.add(found.group(1))
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    # State 0A is that of a listening socket.
    return [int(row[1].partition(":")[2], 16) for row in rows if row[9] in sockets and row[3] == "0A"]


def written_for_others(folder: Path, since: float) -> Iterator[Path]:
    """Files below the folder that were written since then and that other users may read or write."""
    # Unlike a glob, it goes on where a folder has gone meanwhile.
    for path in (Path(parent, name) for parent, _, names in os.walk(folder) for name in names):
        # The server's scratch files come and go.
        with contextlib.suppress(OSError):
            found = path.lstat()
            if stat.S_ISREG(found.st_mode) and found.st_mode & 0o077 and found.st_mtime >= since:
                yield path


def holders(secret: str, files: Iterable[Path]) -> list[Path]:
    """Which of the files have the secret in them."""
    found = []
    for path in files:
        # As processes do, whose command lines are files, too.
        with contextlib.suppress(OSError):
            if secret.encode() in path.read_bytes():
                found.append(path)
    return found


@needs_root
class TestAnotherUser:
    @pytest.mark.parametrize(
        "request_of",
        [
            lambda _: raw("GET", "/_ministack/health"),
            lambda _: raw("POST", "/_ministack/reset"),
            lambda _: raw("GET", "/2015-03-31/functions/"),
            lambda stack: signed(stack, "ListQueues", "{}"),
        ],
        ids=["health", "reset", "functions", "signed"],
    )
    def test_gets_no_answer(self, stack: Stack, port: int, request_of: Callable[[Stack], str]) -> None:
        assert send(port, request_of(stack), user=NOBODY) == ""
        # The same request of the owner is answered.
        assert send(port, request_of(stack)).startswith("HTTP/1.1 ")

    def test_gets_nothing_done_by_going_away_before_he_is_looked_at(self, stack: Stack, port: int) -> None:
        """The kernel has no owner for a socket that was closed, and then says root."""
        for number in range(10):
            body = json.dumps({"QueueName": f"stolen-{number}"})
            send(port, signed(stack, "CreateQueue", body), "at once", user=NOBODY)
        assert stack.client("sqs").list_queues(QueueNamePrefix="stolen").get("QueueUrls", []) == []
        send(port, signed(stack, "CreateQueue", '{"QueueName": "own"}'))
        assert len(stack.client("sqs").list_queues(QueueNamePrefix="own").get("QueueUrls", [])) == 1

    def test_gets_no_event_of_a_function_and_answers_none(self, runtime_apis: list[int]) -> None:
        assert runtime_apis
        for port in runtime_apis:
            assert send(port, raw("GET", "/2018-06-01/runtime/invocation/next"), user=NOBODY) == ""
            assert send(port, raw("POST", "/2018-06-01/runtime/init/error", "{}"), user=NOBODY) == ""

    def test_gets_no_event_of_a_local_invocation(self, tmp_path: Path) -> None:
        """The bootstrap asks as another user first, then as itself."""
        ask = f"/bin/bash -c '{SEND}' send"
        request = "$'" + raw("GET", "/2018-06-01/runtime/invocation/next").replace("\r\n", "\\r\\n") + "'"
        bootstrap = tmp_path / "bootstrap"
        bootstrap.write_text(
            f"""#!/bin/bash
cd /
port=${{AWS_LAMBDA_RUNTIME_API#*:}}
setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups {ask} "$port" {request}
{ask} "$port" {request}
"""
        )
        bootstrap.chmod(0o755)
        event = tmp_path / "event.json"
        event.write_text('{"secret":"event"}')
        result = run_script("orders", "invoke", "Function", str(event), "--bootstrap", str(bootstrap))
        first, _, second = result.stderr.partition("HTTP/1.1 403")[2].partition("HTTP/1.1 200")
        assert "another user" in first, result.stderr
        assert "secret" not in first
        assert "secret" in second

    def test_reads_no_keys(self, stack: Stack) -> None:
        run = ROOT / ".local/run"
        assert stat.S_IMODE((run / "environment").stat().st_mode) == 0o600
        assert stack.secret_access_key in (run / "environment").read_text()
        # The keys are as old as the server: no older file has them.
        files = written_for_others(ROOT / ".local", (run / "server.pid").stat().st_mtime)
        assert holders(stack.secret_access_key, files) == []
        assert holders(stack.secret_access_key, Path("/proc").glob("[0-9]*/cmdline")) == []


# What browsers add to requests of pages, and the name of a page that leads to 127.0.0.1 (DNS rebinding).
PAGES = [
    {"Host": "evil.example"},
    {"Host": "evil.example:4566"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "bucket.s3.localhost.localstack.cloud"},
    {"Host": "evil.localhost"},
    {"Host": "localhost.evil.example"},
    {"Origin": "http://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:8000"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "none", "Sec_Fetch_Mode": "navigate"},
    {"Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
]


class TestAWebPage:
    @pytest.mark.parametrize("headers", PAGES, ids=str)
    def test_is_refused(self, stack: Stack, port: int, headers: dict[str, str]) -> None:
        for answer in (
            send(port, raw("GET", "/_ministack/health", **headers)),
            send(port, raw("OPTIONS", "/", **headers)),
            send(port, raw("POST", "/", "Action=ListQueues&Version=2012-11-05", **headers)),
            send(port, signed(stack, "ListQueues", "{}", **headers)),
        ):
            assert status(answer) == 403, answer
            assert "access-control-allow-origin" not in answer.lower()

    @pytest.mark.parametrize("headers", PAGES, ids=str)
    def test_gets_no_event_of_a_function(self, runtime_apis: list[int], headers: dict[str, str]) -> None:
        for port in runtime_apis:
            answer = send(port, raw("GET", "/2018-06-01/runtime/invocation/next", **headers))
            assert status(answer) == 403, answer

    def test_upgrades_to_no_websocket(self, port: int) -> None:
        upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
        answer = send(
            port, raw("GET", "/_aws/execute-api/a/b", **upgrade, Sec_WebSocket_Key="AAAAAAAAAAAAAAAAAAAAAA==")
        )
        assert status(answer) == 403, answer


def client(stack: Stack, service: str, **change: Any) -> Any:
    options = {
        "endpoint_url": stack.endpoint_url,
        "region_name": stack.region,
        "aws_access_key_id": stack.access_key_id,
        "aws_secret_access_key": stack.secret_access_key,
    }
    return boto3.client(service, **(options | change))


CALLS = {
    "cloudformation": lambda client: client.describe_stacks(),
    "dynamodb": lambda client: client.list_tables(),
    "iam": lambda client: client.create_access_key(UserName="x"),
    "kinesis": lambda client: client.list_streams(),
    "lambda": lambda client: client.list_functions(),
    "logs": lambda client: client.describe_log_groups(),
    "s3": lambda client: client.list_buckets(),
    "sns": lambda client: client.list_topics(),
    "sqs": lambda client: client.list_queues(),
    "sts": lambda client: client.get_caller_identity(),
}


class TestSomebodyWithoutTheKeys:
    @pytest.mark.parametrize("service", CALLS)
    @pytest.mark.parametrize(
        "change",
        [
            {"aws_access_key_id": "test", "aws_secret_access_key": "test"},
            {"aws_secret_access_key": "wrong"},
            {"aws_access_key_id": "000000000000", "aws_secret_access_key": "test"},
            {"aws_access_key_id": "AKIAIOSFODNN7EXAMPLE"},
            {"aws_session_token": "any"},
            {"config": Config(signature_version=UNSIGNED)},
        ],
        ids=["test", "secret", "account", "unknown", "token", "unsigned"],
    )
    def test_is_refused_whatever_he_calls(self, stack: Stack, service: str, change: dict[str, Any]) -> None:
        with pytest.raises(ClientError) as caught:
            CALLS[service](client(stack, service, **change))
        assert caught.value.response["Error"]["Code"] in REFUSED
        CALLS["sts"](client(stack, "sts"))

    def test_assumes_no_role_by_calls_that_need_no_signature(self, stack: Stack) -> None:
        sts = client(stack, "sts", config=Config(signature_version=UNSIGNED))
        with pytest.raises(ClientError) as caught:
            sts.assume_role_with_web_identity(
                RoleArn="arn:aws:iam::000000000000:role/any", RoleSessionName="session", WebIdentityToken="x" * 20
            )
        assert caught.value.response["Error"]["Code"] in REFUSED

    def test_computes_no_functions_keys_from_names(self, stack: Stack) -> None:
        """ministack alone derives them from the ARNs of function and role."""
        found = client(stack, "lambda").get_function_configuration(FunctionName=stack.function_name("OrderWriter"))
        digest = hashlib.sha256(f"{found['FunctionArn']}:{found['Role']}".encode()).hexdigest()
        sqs = client(
            stack,
            "sqs",
            aws_access_key_id=f"ASIA{digest[:16].upper()}",
            aws_secret_access_key=hashlib.sha256(f"secret:{digest}".encode()).hexdigest(),
            aws_session_token=hashlib.sha256(f"token:{digest}".encode()).hexdigest(),
        )
        with pytest.raises(ClientError) as caught:
            sqs.get_queue_attributes(QueueUrl=stack["OrderQueueUrl"], AttributeNames=["All"])
        assert caught.value.response["Error"]["Code"] in REFUSED | {"UnrecognizedClientException"}

    @pytest.mark.parametrize(
        "path",
        ["/_ministack/reset", "/_MINISTACK/reset", "//_ministack/reset", "/%5fministack/config", "/_localstack/health",
         "/_ministack/sqs/messages", "/_ministack/ready", "/health"],
    )  # fmt: skip
    def test_administers_nothing(self, stack: Stack, port: int, path: str) -> None:
        for method in ("GET", "POST"):
            assert status(send(port, raw(method, path))) == 403

    def test_reads_the_public_keys_of_a_user_pool_and_calls_nothing_by_them(self, stack: Stack, port: int) -> None:
        """ministack takes a request without a key for the root's, wherever a service is named in query or target."""
        cognito = client(stack, "cognito-idp")
        pool = cognito.create_user_pool(PoolName=f"safety{os.getpid()}")["UserPool"]["Id"]
        target = {"X_Amz_Target": "DynamoDB_20120810.ListTables"}
        try:
            for name in ("jwks.json", "openid-configuration"):
                keys, unknown = f"/{pool}/.well-known/{name}", f"/{stack.region}_nosuchpool/.well-known/{name}"
                assert status(send(port, raw("GET", keys))) == 200
                for path, headers in (
                    (unknown, {}),
                    (unknown + "?Action=ListQueues", {}),
                    (unknown, target),
                    (keys + "?Action=ListQueues", {}),
                    (keys, target),
                ):
                    assert status(send(port, raw("GET", path, **headers))) == 403, (path, headers)
                assert status(send(port, raw("POST", keys, "Action=ListQueues"))) == 403
        finally:
            cognito.delete_user_pool(UserPoolId=pool)

    def test_uses_no_body_but_the_signed_one(self, stack: Stack, port: int) -> None:
        request = signed(stack, "CreateQueue", '{"QueueName": "aaaa"}')
        assert status(send(port, request.replace("aaaa", "bbbb"))) == 403
        assert status(send(port, request)) == 200


class TestItsOwner:
    """What botocore signs in any way is verified as botocore has it."""

    @pytest.fixture
    def bucket(self, stack: Stack) -> Iterator[str]:
        name = f"safety-{os.getpid()}"
        client(stack, "s3").create_bucket(Bucket=name)
        yield name
        for item in client(stack, "s3").list_objects_v2(Bucket=name).get("Contents", []):
            client(stack, "s3").delete_object(Bucket=name, Key=item["Key"])
        client(stack, "s3").delete_bucket(Bucket=name)

    @pytest.mark.parametrize("key", ["a b/ü+%2F=&?#~.txt", "a//b/../c", "-_.~!*'()"])
    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
    def test_uses_any_key_of_an_object(self, stack: Stack, bucket: str, key: str, host: str) -> None:
        endpoint = stack.endpoint_url.replace("127.0.0.1", host)
        s3 = client(stack, "s3", endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}))
        s3.put_object(Bucket=bucket, Key=key, Body=b"x" * 100_000, Metadata={"name": "a  b"})
        assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == b"x" * 100_000
        assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket, Prefix=key[:3])["Contents"]] == [key]

    def test_hands_out_links_that_work_and_expire(self, stack: Stack, bucket: str) -> None:
        s3 = client(stack, "s3", config=Config(signature_version="s3v4"))
        s3.put_object(Bucket=bucket, Key="a b", Body=b"content")
        link = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a b"}, ExpiresIn=60)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        assert opener.open(link).read() == b"content"
        for wrong in (link.replace("a%20b", "a%20c"), link.replace("Expires=60", "Expires=61")):
            with pytest.raises(urllib.error.HTTPError) as caught:
                opener.open(wrong)
            assert caught.value.code == 403

    def test_uses_keys_that_he_makes(self, stack: Stack) -> None:
        iam = client(stack, "iam")
        user = f"safety-{os.getpid()}"
        iam.create_user(UserName=user)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
        assert client(stack, "sts", **keys).get_caller_identity()["Arn"].endswith(f":user/{user}")
        with pytest.raises(ClientError) as caught:
            client(stack, "dynamodb", **keys).list_tables()
        assert "AccessDenied" in caught.value.response["Error"]["Code"]


def test_a_server_that_drops_a_connection_can_still_be_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its loop must not wait for the next connection where it dropped one."""
    asked, user_of_peer = threading.Event(), peers.user_of_peer
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:

        def nobody(own: peers.Address, peer: peers.Address) -> int | None:
            # Other servers of this process go on.
            return asked.set() if own[1] == server.server_port else user_of_peer(own, peer)

        monkeypatch.setattr(peers, "user_of_peer", nobody)
        loop = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        loop.start()
        with socket.create_connection(server.server_address) as dropped:
            assert dropped.recv(1) == b""
        assert asked.is_set()
        end = threading.Thread(target=server.shutdown, daemon=True)
        end.start()
        end.join(timeout=10)
        assert not end.is_alive()
