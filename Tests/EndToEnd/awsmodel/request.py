"""A request as it came over the wire."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Request:
    host: str
    method: str
    # Path and query, as sent.
    target: str
    # Names in lower case.
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        return sorted(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def url(self) -> str:
        return f"https://{self.host}{self.target}"

    @property
    def scope(self) -> tuple[str, str]:
        """Region and service that the signature is for."""
        credential = self.headers["authorization"].split("Credential=", 1)[1].split(",", 1)[0]
        _, _, region, service, end = credential.split("/")
        assert end == "aws4_request"
        return region, service


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


class ServiceError(Exception):
    """An error of a service, by its name in the model."""

    def __init__(self, code: str, message: str, status: int = 400, **members: object) -> None:
        super().__init__(code)
        # What the error has beside its message, by the names of its model.
        self.members = members
        self.code = code
        self.message = message
        self.status = status
