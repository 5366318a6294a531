"""The HTTP API of the local stack: where it is, and a file with which curl posts orders to it."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

# The stack's output, and the name by which `scripts/local status` prints the file.
ENDPOINT = "ApiEndpoint"
CURL_CONFIG = "CURL_CONFIG"


def outputs(found: Mapping[str, str], variables: Mapping[str, str], directory: Path) -> dict[str, str]:
    """The stack's outputs with the API where it can be reached, and the file for curl, which is written.

    Of itself an API has a host of its own, `<id>.execute-api.127.0.0.1`, which no name server knows.
    """
    api = re.match(r"https?://([a-z0-9]+)\.execute-api\.", found.get(ENDPOINT, ""))
    if api is None:
        return dict(found)
    endpoint = f"{variables['AWS_ENDPOINT_URL']}/_aws/execute-api/{api[1]}"
    return dict(found) | {ENDPOINT: endpoint, CURL_CONFIG: str(write_curl_config(endpoint, variables, directory))}


def curl_config(directory: Path) -> Path:
    return directory / "post-order"


def write_curl_config(endpoint: str, variables: Mapping[str, str], directory: Path) -> Path:
    """Address, keys and signature of `POST /orders`: on a command line everybody on the machine could read the keys.

    Readable by its owner only, and as a whole or not at all.
    """
    options = {
        "url": f"{endpoint}/orders",
        "user": f"{variables['AWS_ACCESS_KEY_ID']}:{variables['AWS_SECRET_ACCESS_KEY']}",
        "aws-sigv4": f"aws:amz:{variables['AWS_REGION']}:execute-api",
        # The answer ends in no line break.
        "write-out": r"\n",
    }
    path = curl_config(directory)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}")
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write("silent\nshow-error\n")
        file.write("".join(f'{name} = "{value}"\n' for name, value in options.items()))
    unfinished.rename(path)
    return path
