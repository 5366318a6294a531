"""Verifies that a request was signed by somebody whom the local AWS knows.

ministack alone takes a request without a signature, or with the key `test` or any number of 12 digits, as the
account's root, whatever its signature; so here each request is verified before ministack sees it.
"""

from __future__ import annotations

import datetime
import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ministack.core import iam_evaluator, lambda_runtime, responses, router, sigv4
from ministack.services import lambda_svc, sts

HASH = re.compile(r"[0-9a-f]{64}")
INSTANT = re.compile(r"\d{8}T\d{6}Z")
# As AWS has it: a presigned URL is good for a week at most.
LONGEST_PRESIGNED_SECONDS = 7 * 24 * 3600
CLOCK_DIFFERENCE = datetime.timedelta(minutes=15)


@dataclass(frozen=True)
class Request:
    """A request as it was sent. Header names are in lower case; one sent on several lines is joined by commas."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Failure:
    """An error's code and message, as AWS has them."""

    code: str
    message: str


@dataclass(frozen=True)
class Verifier:
    """Knows the root's own key; those of functions and of IAM users it asks ministack for."""

    access_key_id: str
    secret_access_key: str

    def failure_without_body(self, request: Request) -> Failure | None:
        """What can be told before the body is read, so that nobody unknown can send a large one."""
        found = self._key(request)
        return found if isinstance(found, Failure) else None

    def failure(self, request: Request, body: bytes) -> Failure | None:
        """Why this request is refused; None if its signature is right."""
        found = self._key(request)
        if isinstance(found, Failure):
            return found
        signature, secret, is_presigned = found
        wrong = sigv4.header_signature_failure(
            signature, secret, request.method, request.path, request.query, request.headers, body,
            presigned=is_presigned,
        )  # fmt: skip
        if wrong:
            return Failure(*wrong)
        declared = request.headers.get("x-amz-content-sha256", "")
        if HASH.fullmatch(declared) and not hmac.compare_digest(declared, hashlib.sha256(body).hexdigest()):
            return Failure("XAmzContentSHA256Mismatch", "The body is not the one that was signed.")
        return None

    def _key(self, request: Request) -> tuple[sigv4.HeaderSignature, str, bool] | Failure:
        signature, is_presigned = _signature(request)
        if isinstance(signature, Failure):
            return signature
        # ministack decides by this one what the caller may do.
        if router.extract_access_key_id(dict(request.headers), dict(request.query)) != signature.access_key_id:
            return Failure("IncompleteSignature", "The request names more than one access key.")
        if "host" not in signature.signed_headers.split(";"):
            return Failure("SignatureDoesNotMatch", "The Host header has to be signed.")
        if late := _time_failure(signature, request, is_presigned):
            return late
        secret = self._secret(signature.access_key_id, _token(request, is_presigned))
        return secret if isinstance(secret, Failure) else (signature, secret, is_presigned)

    def _secret(self, access_key_id: str, token: str) -> str | Failure:
        if hmac.compare_digest(access_key_id.encode(), self.access_key_id.encode()) and not token:
            return self.secret_access_key
        if iam_evaluator.is_root_access_key(access_key_id):
            return _unknown_key()
        try:
            account = (
                responses._account_from_sts_session(access_key_id)
                or iam_evaluator.find_iam_access_key_account(access_key_id)
                or responses.get_account_id()
            )
        except iam_evaluator.AmbiguousAccessKeyError:
            return _unknown_key()
        credential = iam_evaluator.resolve_credential(access_key_id, account, token)
        if isinstance(credential, iam_evaluator.CredentialResolutionError):
            is_unknown = credential.code == "UnrecognizedClientException"
            return _unknown_key() if is_unknown else Failure(credential.code, credential.message)
        return credential.secret_access_key


def _unknown_key() -> Failure:
    return Failure(
        "InvalidClientTokenId",
        "This access key is not of this local AWS: scripts/local status prints AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY, which are new at each start.",
    )


def _signature(request: Request) -> tuple[sigv4.HeaderSignature | Failure, bool]:
    """The signature in the header or the query, and whether it is in the query."""
    is_presigned = _query_value(request.query, "X-Amz-Algorithm") == "AWS4-HMAC-SHA256"
    is_signed = request.headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 ")
    if is_presigned == is_signed:
        missing = "Every request to this local AWS has to be signed once, by Signature Version 4."
        return Failure("MissingAuthenticationToken", missing), is_presigned
    found = (
        sigv4.parse_query_signature(request.query) if is_presigned else sigv4.parse_header_signature(request.headers)
    )
    return (Failure(*found) if isinstance(found, tuple) else found), is_presigned


def _time_failure(signature: sigv4.HeaderSignature, request: Request, is_presigned: bool) -> Failure | None:
    if not INSTANT.fullmatch(signature.amz_date):
        return Failure("IncompleteSignature", "The date of the signature is not like 20250827T180800Z.")
    if not is_presigned:
        skewed = sigv4.request_time_failure(signature)
        return Failure(*skewed) if skewed else None
    seconds = _query_value(request.query, "X-Amz-Expires")
    if not seconds.isdigit() or not 0 < int(seconds) <= LONGEST_PRESIGNED_SECONDS:
        return Failure("AuthorizationQueryParametersError", "X-Amz-Expires is not between 1 and 604800.")
    now = datetime.datetime.now(datetime.UTC)
    try:
        is_expired = sigv4.presigned_request_is_expired(signature.amz_date, seconds, now=now)
        is_early = not sigv4.presigned_request_is_expired(signature.amz_date, 0, now=now + CLOCK_DIFFERENCE)
    except ValueError:
        return Failure("IncompleteSignature", "The date of the signature is no date.")
    return Failure("AccessDenied", "Request has expired") if is_expired or is_early else None


def _token(request: Request, is_presigned: bool) -> str:
    if is_presigned:
        return _query_value(request.query, "X-Amz-Security-Token")
    return request.headers.get("x-amz-security-token", "")


def _query_value(query: Mapping[str, list[str]], name: str) -> str:
    return (query.get(name) or query.get(name.lower()) or [""])[0]


def randomize_execution_credentials() -> None:
    """Gives functions keys that nobody can compute: ministack derives theirs from the names of role and function."""
    lock = threading.Lock()
    known: dict[tuple[str, str], dict[str, str]] = {}

    def execution_credentials(config: Mapping[str, Any]) -> dict[str, str]:
        account, _ = lambda_runtime._account_region_from_function_config(dict(config))
        function, role = str(config.get("FunctionArn", "")), str(config.get("Role", ""))
        with lock:
            if (function, role) not in known:
                known[function, role] = {
                    "AWS_ACCESS_KEY_ID": new_access_key_id("ASIA"),
                    "AWS_SECRET_ACCESS_KEY": secrets.token_urlsafe(30),
                    "AWS_SESSION_TOKEN": secrets.token_urlsafe(48),
                }
        variables = known[function, role]
        role_name = role.rsplit("/", 1)[-1]
        session_name = str(config.get("FunctionName", "function"))[:64]
        sts.register_session(
            variables["AWS_ACCESS_KEY_ID"],
            {
                "Arn": f"arn:aws:sts::{account}:assumed-role/{role_name}/{session_name}",
                "UserId": f"{role_name}:{session_name}",
                "SecretAccessKey": variables["AWS_SECRET_ACCESS_KEY"],
                "SessionToken": variables["AWS_SESSION_TOKEN"],
            },
        )
        return dict(variables)

    lambda_runtime.execution_credentials = execution_credentials
    lambda_svc.execution_credentials = execution_credentials


def new_access_key_id(prefix: str) -> str:
    """Of 20 characters, as AWS's: AKIA for lasting ones, ASIA for temporary ones."""
    return prefix + "".join(secrets.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16))
