"""credentials.py REGION PROGRAM ARGUMENT…: becomes the program, with the caller's AWS keys in its environment.

Called by scripts/orders where AWS itself is meant and the environment has no keys. They come from where the AWS CLI and
scripts/deploy have them too: a profile, single sign-on, an assumed role, a process, the machine's own role. They are in
this process's environment alone, which becomes the program's: in no argument, file or message.

An empty REGION stands for the profile's. Where there are no keys, the program says itself what it lacks.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Mapping

import botocore.session
from botocore.credentials import ProcessProvider
from botocore.exceptions import BotoCoreError, ClientError, CredentialRetrievalError, HTTPClientError

# botocore takes what a process or a file gives for what it should be: a list for an object, a number for a text or a
# date. EOFError is what asking for a second factor's code ends with where nobody can enter one.
UNUSABLE = (
    BotoCoreError, ClientError, EOFError, OSError, RuntimeError,
    ArithmeticError, AttributeError, LookupError, TypeError, ValueError,
)  # fmt: skip


def with_keys(environment: Mapping[str, str], region: str) -> dict[str, str]:
    """The environment with keys and region, as far as there are any."""
    session = botocore.session.get_session()
    if region:
        # Where roles are assumed.
        session.set_config_variable("region", region)
    found = dict(environment)
    if name := region or session.get_config_variable("region"):
        found["AWS_REGION"] = name
    if (credentials := session.get_credentials()) is None:
        return found
    keys = credentials.get_frozen_credentials()
    # A process may print anything in the place of a key, and not everything can be in an environment.
    for text in (keys.access_key, keys.secret_key, keys.token or ""):
        if not (isinstance(text, str) and text.isascii() and text.isprintable()):
            raise ValueError("not the text of a key")
    # A token that was left in the environment belongs to other keys.
    found.pop("AWS_SESSION_TOKEN", None)
    found |= {"AWS_ACCESS_KEY_ID": keys.access_key, "AWS_SECRET_ACCESS_KEY": keys.secret_key}
    if keys.token:
        found["AWS_SESSION_TOKEN"] = keys.token
    return found


def explanation(error: Exception) -> str:
    """What botocore says of it, unless something that gives keys has a part in the words: they may be anything."""
    if isinstance(error, CredentialRetrievalError) and error.kwargs.get("provider") == ProcessProvider.METHOD:
        return "the profile's credential_process failed, or what it printed is wrong"
    # Itself, and none of its kinds, it repeats what Python's HTTP client said, such as a header's value: a token.
    if isinstance(error, (BotoCoreError, ClientError)) and type(error) is not HTTPClientError:
        return str(error).rstrip(".")
    if isinstance(error, EOFError):
        return "the profile asks for a code, and there is no terminal"
    if isinstance(error, RuntimeError):
        # botocore's own, where keys that have just been fetched are too old.
        return "the keys have ended, by this machine's clock"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return (
        "what should give them (a credential_process, a token file, a container's or a machine's own service) "
        "is set up wrongly, or gave something else"
    )


def main(region: str, program: str, *arguments: str) -> None:
    # Whoever interrupts a question for a second factor wants no traceback.
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        environment = with_keys(os.environ, region)
    except UNUSABLE as error:
        sys.exit(
            f"orders: there are credentials of yours that cannot be used: {explanation(error)}. "
            "aws sts get-caller-identity uses the same ones; aws sso login renews those of single sign-on"
        )
    # Python ignores it, and what is ignored stays so in the program.
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    os.execve(program, [program, *arguments], environment)


if __name__ == "__main__":
    main(*sys.argv[1:])
