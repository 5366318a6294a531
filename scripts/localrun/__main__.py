"""python -m localrun start|status|stop [OPTION…]: the command line of scripts/local, whose head is the help text."""

from __future__ import annotations

import itertools
import os
import re
import signal
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from .console import LocalError, UsageError, say
from .instance import DEFAULT_DIRECTORY, Instance
from .stack import ROOT, parameter_names

COMMANDS = ("start", "status", "stop")


@dataclass
class Options:
    """What the command line asks for."""

    command: str | None = None
    port: int | None = None
    parameters: list[str] = field(default_factory=list)
    directory: Path = DEFAULT_DIRECTORY


def read_options(arguments: list[str]) -> Options | None:
    """None: the help text is asked for."""
    options = Options()
    rest = iter(arguments)
    for argument in rest:
        if argument in ("--help", "-h"):
            return None
        if argument in ("--port", "--parameter", "--run-directory"):
            value = next(rest, "")
            if not value or value.startswith("--"):
                raise UsageError(f"{argument} needs a value")
            read_value(options, argument, value)
        elif argument not in COMMANDS:
            raise UsageError(f"unknown argument: {argument}")
        elif options.command:
            raise UsageError("one command at a time")
        else:
            options.command = argument
    if not options.command:
        raise UsageError("start, stop or status?")
    return options


def read_value(options: Options, name: str, value: str) -> None:
    if name == "--port":
        if not re.fullmatch("[1-9][0-9]{3,4}", value, re.ASCII) or not 1024 <= int(value) <= 65535:
            raise UsageError(f"--port: {value} is not between 1024 and 65535")
        options.port = int(value)
    elif name == "--parameter":
        if not re.match("[A-Za-z]+=", value, re.ASCII):
            raise UsageError(f"--parameter: {value} is not NAME=VALUE")
        # A mistyped name would leave the parameter at its default, and nobody would notice.
        parameter, known = value.partition("=")[0], parameter_names()
        if parameter not in known:
            raise UsageError(f"--parameter: cloudformation.yaml has no parameter {parameter}; it has {' '.join(known)}")
        options.parameters.append(value)
    else:
        options.directory = Path(value).resolve()


def show_help() -> None:
    """The script's own head comment, from its third line on."""
    head = itertools.islice((ROOT / "scripts/local").read_text().splitlines(), 2, None)
    lines = itertools.takewhile(lambda line: line.startswith("#"), head)
    try:
        print("".join(f"{line.removeprefix('#').removeprefix(' ')}\n" for line in lines), end="", flush=True)
    except OSError as error:
        # Python would try once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise LocalError(f"the help text cannot be written: {error.strerror}") from error


def forget_own_aws() -> None:
    """Nothing of the user's own AWS configuration goes on from here, as in `without_own_aws` of scripts/lib.sh."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        # Those are a function's, not a client's.
        if not name.startswith("AWS_LAMBDA_"):
            del os.environ[name]
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_PAGER="")
    direct = os.environ.get("NO_PROXY") or os.environ.get("no_proxy")
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = f"127.0.0.1,{direct}" if direct else "127.0.0.1"


def exit_on_signals() -> None:
    """Exits as is usual, with 128 and the signal's number, when the terminal is closed, at Ctrl-C or on SIGTERM.

    Whatever has been started is ended on the way.
    """

    def leave(number: int, _: FrameType | None) -> None:
        # What ends the rest is not to be interrupted itself.
        for other in signals:
            signal.signal(other, signal.SIG_IGN)
        sys.exit(128 + number)

    # What was ignored from the start stays ignored, as in a shell's background job.
    signals = [
        number
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
        if signal.getsignal(number) is not signal.SIG_IGN
    ]
    for number in signals:
        signal.signal(number, leave)


def main() -> int:
    try:
        options = read_options(sys.argv[1:])
        if options is None:
            show_help()
            return 0
        forget_own_aws()
        exit_on_signals()
        instance = Instance(options.directory)
        match options.command:
            case "start":
                instance.start(options.port, options.parameters)
            case "status":
                instance.status()
            case "stop":
                instance.stop()
    except LocalError as error:
        *before, text = str(error).splitlines() or [""]
        say("\n".join([*before, f"local: {text}" + (" (see --help)" if isinstance(error, UsageError) else "")]))
        return error.status
    return 0


sys.exit(main())
