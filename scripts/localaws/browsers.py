"""Tells requests that a web page makes from those of programs.

A page can send requests to loopback without asking (forms, images, `fetch` in mode no-cors), and once its own name is
made to resolve to 127.0.0.1 (DNS rebinding) it can read the answers too.
"""

from __future__ import annotations

import http.server
from collections.abc import Iterable

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")


def refusal(headers: Iterable[tuple[str, str]], is_page_allowed: bool = False) -> str | None:
    """Why a request with these headers is not served; None if it may be.

    `is_page_allowed` says that the page it comes from is one that what is asked lets in.
    """
    fields = [(name.lower(), value.strip()) for name, value in headers]
    hosts = [value for name, value in fields if name == "host"]
    if len(hosts) != 1:
        return f"a request has one Host header, not {len(hosts)}"
    if not _is_loopback(hosts[0]):
        return "the Host header names another machine: this server is for 127.0.0.1 and localhost only"
    if is_page_allowed:
        return None
    for name, _ in fields:
        # No page comes from here, so a request that any page makes is a foreign one.
        if name == "origin" or name.startswith("sec-fetch-"):
            return f"it has a {name} header: requests of web pages are not served"
    return None


def _is_loopback(host: str) -> bool:
    """Whatever the port: a forwarded one (ssh -L) is another, and a page's browser says the one it connects to."""
    name, _, port = host.lower().rpartition(":")
    if not port.isdigit() or not name:
        name = host.lower()
    return name in LOOPBACK_NAMES


def refuse_in_http_servers() -> None:
    """Makes every `http.server` of this process refuse them, such as ministack's Runtime APIs of the functions."""
    parse = http.server.BaseHTTPRequestHandler.parse_request

    def parse_and_check(self: http.server.BaseHTTPRequestHandler) -> bool:
        if not parse(self):
            return False
        if (reason := refusal(self.headers.items())) is None:
            return True
        self.close_connection = True
        self.send_error(403, explain=reason)
        return False

    http.server.BaseHTTPRequestHandler.parse_request = parse_and_check  # type: ignore[method-assign]
