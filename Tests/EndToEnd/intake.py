"""Posts orders to the deployed API as a client of it does: signed, by HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from pipeline.stack import Stack

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True)
class Identity:
    """Whose keys a request is signed with."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


class Signature(requests.auth.AuthBase):
    """Signs by botocore, which is no part of what is tested."""

    def __init__(self, stack: Stack, identity: Identity | None = None) -> None:
        who = identity or Identity(stack.access_key_id, stack.secret_access_key)
        credentials = Credentials(who.access_key_id, who.secret_access_key, who.session_token)
        self.signer = SigV4Auth(credentials, "execute-api", stack.region)

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        signed = AWSRequest(method=request.method, url=request.url, data=request.body)
        self.signer.add_auth(signed)
        request.headers.update(dict(signed.headers.items()))
        return request


class Unsigned(requests.auth.AuthBase):
    """Says nothing of who sends the request."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        return request


class Bearer(requests.auth.AuthBase):
    """Presents a token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class Intake:
    """A connection to the API."""

    def __init__(self, stack: Stack, identity: Identity | None = None, endpoint: str | None = None) -> None:
        self.endpoint = endpoint or stack["ApiEndpoint"]
        self.session = requests.Session()
        # Neither a proxy nor a netrc of the caller's.
        self.session.trust_env = False
        self.signature = Signature(stack, identity)

    def request(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None,
        auth: requests.auth.AuthBase | None = None,
    ) -> requests.Response:  # fmt: skip
        return self.session.request(
            method, self.endpoint + path, data=body, headers=headers, auth=auth or self.signature,
            timeout=TIMEOUT_SECONDS, allow_redirects=False,
        )  # fmt: skip

    def post(self, order: Any, auth: requests.auth.AuthBase | None = None, **headers: str) -> requests.Response:
        """`headers` are named with _ for -."""
        return self._post("/orders", json.dumps(order), "application/json", headers, auth)

    def post_batch(self, orders: list[Any], lines: bool = False, **headers: str) -> requests.Response:
        if lines:
            body, content_type = "".join(json.dumps(order) + "\n" for order in orders), "application/x-ndjson"
        else:
            body, content_type = json.dumps(orders), "application/json"
        return self._post("/orders/batch", body, content_type, headers)

    def _post(
        self, path: str, body: str, content_type: str, headers: Mapping[str, str],
        auth: requests.auth.AuthBase | None = None,
    ) -> requests.Response:  # fmt: skip
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.request("POST", path, body.encode(), {"Content-Type": content_type} | named, auth)
