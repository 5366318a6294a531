"""Puts a case before both clients and says where they differ without a reason that `differences` knows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from .calls import Operation
from .cases import Case
from .clients import Botocore, Outcome, Probe
from .differences import DIFFERENCES
from .server import Request, ScriptedServer

# Enough on a busy machine; only what is never answered is waited for less.
TIMEOUT = 30.0
TIMEOUT_OF_SILENCE = 1.0


@dataclass
class Report:
    cases: int = 0
    # By the name of the difference.
    explained: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)


def compare(cases: Iterable[Case], timeout: float = TIMEOUT) -> Report:
    report = Report()
    with ScriptedServer() as server, Probe(server, timeout) as probe:
        botocore = Botocore(server, timeout)
        with botocore.without_waiting():
            for case in cases:
                report.cases += 1
                _compare(case, server, botocore, probe, report)
    return report


def _compare(case: Case, server: ScriptedServer, botocore: Botocore, probe: Probe, report: Report) -> None:
    server.load(list(case.script))
    theirs = botocore.call(case.operation)
    their_request = server.taken()[0]
    server.load(list(case.script))
    ours = probe.call(case.operation)
    our_requests = server.taken()
    if not our_requests:
        report.unexplained.append(f"{case}: nothing was sent, {ours}")
        return
    if complaint := _complaint(case.operation, our_requests, their_request):
        report.unexplained.append(f"{case}: {complaint}")
    if _agree(ours, theirs):
        return
    reason = next((d for d in DIFFERENCES if d.explains(case, ours, theirs)), None)
    if reason is None:
        report.unexplained.append(f"{case}: we {ours}, botocore {theirs}")
    else:
        report.explained[reason.name] += 1


def _agree(ours: Outcome, theirs: Outcome) -> bool:
    if ours.requests != theirs.requests:
        return False
    if ours.code == theirs.code:
        return True
    # botocore calls an error that nothing names by its status, or not at all.
    return theirs.code in ("", str(ours.status)) and not ours.is_success and theirs.status == ours.status


def _complaint(operation: Operation, ours: list[Request], theirs: Request) -> str | None:
    first = ours[0]
    if meaning(operation, first) != meaning(operation, theirs):
        return f"we ask {meaning(operation, first)}, botocore {meaning(operation, theirs)}"
    if any(meaning(operation, again) != meaning(operation, first) for again in ours[1:]):
        return f"the requests of one call differ: {ours}"
    return None


def meaning(operation: Operation, request: Request) -> tuple[object, ...]:
    """What the request asks for, however it is spelt."""
    url = urlsplit(request.target)
    query = dict(parse_qsl(url.query, keep_blank_values=True))
    # botocore asks S3 for keys in percent-encoding and writes down which operation a request without a body is.
    query.pop("encoding-type", None)
    path = unquote(url.path).rstrip("/")
    body: object = request.body
    if operation.protocol == "query":
        body = dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    elif operation.protocol == "json":
        body = json.loads(request.body)
    named = ("x-amz-target", "if-none-match", "x-amz-invocation-type")
    headers = {name: request.headers[name] for name in named if name in request.headers}
    return request.method, path, query, headers, body
