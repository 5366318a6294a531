"""Starts the local AWS on loopback and writes where it is, and its root's keys, to a file.

    python -m localaws --state FILE [--port PORT] [--without-authentication]

FILE gets AWS_ENDPOINT_URL, AWS_REGION, AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY as NAME=value lines, readable by its
owner only, as soon as the server listens. The keys are new at each start.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import secrets
import socket
import sys
from pathlib import Path

from . import browsers, peers

REGION = "us-east-1"
KEEP_ALIVE_SECONDS = 75


def main() -> None:
    parser = argparse.ArgumentParser(prog="localaws", description=__doc__)
    parser.add_argument("--state", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument(
        "--without-authentication",
        action="store_true",
        help="verify neither signatures nor permissions; pages and other users are refused all the same",
    )
    options = parser.parse_args()
    os.umask(0o077)
    peers.accept_only_own_user()
    browsers.refuse_in_http_servers()
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", options.port))
        except OSError as error:
            sys.exit(f"localaws: cannot listen on 127.0.0.1:{options.port}: {error.strerror}")
        serve(listener, options.state, is_open=options.without_authentication)


def serve(listener: socket.socket, state: Path, is_open: bool) -> None:
    """Serves until it is told to end by SIGTERM."""
    port = listener.getsockname()[1]
    endpoint = f"http://127.0.0.1:{port}"
    variables = {
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "AWS_ENDPOINT_URL": endpoint,
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AUTH": "false" if is_open else "true",
        # Servers of ministack's that nothing here uses.
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
    }
    os.environ.update(variables)

    # ministack reads its configuration while it is imported.
    from hypercorn.asyncio import serve as serve_application
    from hypercorn.config import Config
    from ministack.app import app

    from . import additions, httpapi
    from .gate import Gate
    from .signatures import Verifier, new_access_key_id, randomize_execution_credentials

    key, secret = new_access_key_id("AKIA"), secrets.token_urlsafe(30)
    if not is_open:
        # ministack takes this key for the root's. Functions inherit neither: theirs overwrite them.
        os.environ.update(AWS_ACCESS_KEY_ID=key, AWS_SECRET_ACCESS_KEY=secret)
        randomize_execution_credentials()
    httpapi.serve_cors_of_templates()
    additions.take_metric_math_of_templates()
    additions.know_conditions_of_writes()
    additions.authorize_batches_as_their_statements()
    additions.put_what_statements_insert()
    additions.show_what_statements_change()
    gate = Gate(app, None if is_open else Verifier(key, secret))

    listener.listen(128)
    found = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": key,
        "AWS_SECRET_ACCESS_KEY": secret,
    }
    write_privately(state, "".join(f"{name}={value}\n" for name, value in found.items()))
    logging.getLogger("hypercorn.access").setLevel(logging.ERROR)
    config = Config()
    config.bind = [f"fd://{listener.detach()}"]
    config.keep_alive_timeout = KEEP_ALIVE_SECONDS
    config.loglevel = os.environ.get("LOG_LEVEL", "INFO").upper()
    asyncio.run(serve_application(gate, config))


def write_privately(path: Path, text: str) -> None:
    """As a whole or not at all, and never readable by others, not even while it is written."""
    unfinished = path.with_name(path.name + ".new")
    unfinished.unlink(missing_ok=True)
    with open(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    unfinished.rename(path)


if __name__ == "__main__":
    main()
