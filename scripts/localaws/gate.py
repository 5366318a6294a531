"""What stands before ministack: an ASGI application that passes on what its owner's programs have signed."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qs, quote
from xml.sax.saxutils import escape

from ministack.services import cognito

from . import browsers, httpapi
from .signatures import Failure, Request, Verifier

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HEALTH = "/_ministack/health"
# ministack's own administration: reset, configuration, code of functions, messages of queues.
ADMINISTRATION = re.compile(r"/*(_ministack|_localstack|health)(/|$)", re.IGNORECASE)
# The public keys of a user pool, by which whoever has a token of it verifies that; no bucket has a name with _.
KEY_SET = re.compile(r"/(?P<pool>[a-z0-9-]+_[A-Za-z0-9]+)/\.well-known/(jwks\.json|openid-configuration)")
# A deployment package is 250 MB at most.
MAXIMUM_BODY_BYTES = 256 * 1024 * 1024

logger = logging.getLogger("localaws.gate")


class Gate:
    """Refuses web pages, administration and, with a verifier, whatever is not signed by a known key."""

    def __init__(self, application: Application, verifier: Verifier | None) -> None:
        self.application = application
        self.verifier = verifier

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.application(scope, receive, send)
        elif scope["type"] != "http":
            # WebSockets: nothing here uses them.
            await receive()
            await send({"type": "websocket.close", "code": 1008})
        elif scope["method"] == "GET" and scope["path"] == HEALTH and self._page_failure(scope) is None:
            await self.application(scope, receive, send)
        else:
            await self._serve(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = _request(scope)
        failure = self._page_failure(scope) or _administration_failure(scope)
        verifier = None if _is_for_a_key_set(scope, request) else self.verifier
        if httpapi.is_request(scope["path"]) and not httpapi.needs_signature(scope["method"], scope["path"]):
            verifier = None
        if failure is None and verifier:
            failure = verifier.failure_without_body(request)
        if failure is None and verifier:
            body = await _read(receive)
            if body is None:
                failure = Failure("RequestEntityTooLarge", f"A body has at most {MAXIMUM_BODY_BYTES} bytes here.")
            else:
                failure = verifier.failure(request, body)
                receive = _again(body, receive)
        if failure is None:
            await self.application(scope, receive, send)
            return
        logger.warning("refused %s: %s", failure.code, failure.message.splitlines()[0])
        await _answer(send, request, failure)

    @staticmethod
    def _page_failure(scope: Scope) -> Failure | None:
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        is_allowed = httpapi.is_request(scope["path"]) and httpapi.allows_page(scope["path"], headers)
        reason = browsers.refusal(headers, is_page_allowed=is_allowed)
        return Failure("AccessDenied", reason) if reason else None


def _administration_failure(scope: Scope) -> Failure | None:
    if not ADMINISTRATION.match(scope["path"]):
        return None
    return Failure("AccessDenied", f"of the server's administration only {HEALTH} is served")


def _is_for_a_key_set(scope: Scope, request: Request) -> bool:
    """Whether it asks for the public keys of a pool that exists, and for nothing else.

    Of a pool that does not exist, ministack would take the request for the service that its query or its target names,
    and one without a key for the root's.
    """
    found = KEY_SET.fullmatch(scope["path"])
    if scope["method"] != "GET" or found is None:
        return False
    if scope.get("query_string") or "x-amz-target" in request.headers:
        return False
    return found["pool"] in (name for name, _ in cognito._all_pools())


def _request(scope: Scope) -> Request:
    headers: dict[str, str] = {}
    for name, value in scope["headers"]:
        key, text = name.decode("latin-1").lower(), _text(value)
        headers[key] = f"{headers[key]},{text}" if key in headers else text
    path = scope.get("raw_path") or quote(scope["path"]).encode()
    query = parse_qs(scope.get("query_string", b"").decode("utf-8", "replace"), keep_blank_values=True)
    return Request(scope["method"], path.decode("latin-1"), query, headers)


def _text(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


async def _read(receive: Receive) -> bytes | None:
    """The whole body, since its hash is signed; None if it is too long."""
    parts: list[bytes] = []
    length = 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        if length > MAXIMUM_BODY_BYTES:
            return None
        if not message.get("more_body", False):
            return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives the body that was read once more, then what else comes."""
    pending = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> MutableMapping[str, Any]:
        return pending.pop() if pending else await receive()

    return next_message


async def _answer(send: Send, request: Request, failure: Failure) -> None:
    """An error in the form that the service asked would use, so that clients show its code and message."""
    is_json = "x-amz-target" in request.headers or re.match(r"/20\d\d-\d\d-\d\d/", request.path)
    if httpapi.is_request(request.path):
        body = json.dumps({"message": failure.message}).encode()
        content_type = b"application/json"
    elif is_json:
        body = json.dumps({"__type": failure.code, "message": failure.message}).encode()
        content_type = b"application/x-amz-json-1.0"
    else:
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n<ErrorResponse><Error>'
            f"<Code>{escape(failure.code)}</Code><Message>{escape(failure.message)}</Message>"
            "</Error></ErrorResponse>"
        ).encode()
        content_type = b"text/xml"
    headers = [
        (b"content-type", content_type),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-errortype", failure.code.encode()),
        # An unread body would be taken for the next request.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})
