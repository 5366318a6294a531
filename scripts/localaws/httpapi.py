"""Requests to HTTP APIs of the local AWS: who has to sign them, and which pages may send them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from ministack import app
from ministack.services import apigateway

# ministack serves an API at this path, since no name resolves to <api id>.execute-api.127.0.0.1.
PREFIX = "/_aws/execute-api/"
API = re.compile(re.escape(PREFIX) + r"(?P<id>[a-z0-9]+)(?=/|$)")


def is_request(path: str) -> bool:
    return API.match(path) is not None


def needs_signature(method: str, path: str) -> bool:
    """Whether the route is one of AWS_IAM; on others API Gateway asks for a token, or for nothing."""
    api_id, stage, execute_path = _parsed(path)
    stage, execute_path = app._resolve_stage_and_path(api_id, stage, execute_path)
    return apigateway.route_authorization_type(api_id, stage, method, execute_path) not in ("JWT", "NONE")


def allows_page(path: str, headers: Iterable[tuple[str, str]]) -> bool:
    """Whether the API's CORS configuration lets the page in that sends this request."""
    origins = [value for name, value in headers if name.lower() == "origin"]
    scope = apigateway.find_api_scope(_parsed(path)[0])
    if len(origins) != 1 or scope is None:
        return False
    with apigateway.request_scope(*scope):
        api = apigateway._apis.get(_parsed(path)[0]) or {}
    return origins[0] in _as_the_service_has_it(api.get("corsConfiguration")).get("allowOrigins", [])


def serve_cors_of_templates() -> None:
    """ministack keeps a template's CorsConfiguration as it is written there, and looks for the service's own names."""
    for name in ("_cors_response_headers", "_cors_preflight_response"):
        original = getattr(apigateway, name)

        def with_names_of_the_service(configuration: Any, origin: str, original: Any = original) -> Any:
            return original(_as_the_service_has_it(configuration), origin)

        setattr(apigateway, name, with_names_of_the_service)


def _parsed(path: str) -> tuple[str, str, str]:
    return app._parse_execute_api_url("", path) or ("", "", "")


def _as_the_service_has_it(configuration: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name[0].lower() + name[1:]: value for name, value in (configuration or {}).items()}
