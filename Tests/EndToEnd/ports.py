"""Ports for servers that cannot choose one themselves and say which."""

from __future__ import annotations

import random
import socket
from pathlib import Path

# Where the kernel's own choices begin, for outgoing connections and for whoever binds port 0. A port from there can be
# taken by any connection between this module's look and the server's, and a client that waits for a server there can
# even be connected with itself.
_KERNELS_CHOICE = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST = 12_000

_given: set[int] = set()


def free_port() -> int:
    """A port of loopback on which nobody listens, which the kernel gives to nobody; another one at each call."""
    first_of_kernel = int(_KERNELS_CHOICE.read_text().split()[0])
    candidates = [port for port in range(_FIRST, first_of_kernel) if port not in _given]
    random.SystemRandom().shuffle(candidates)
    for port in candidates:
        with socket.socket() as probe:
            # Whoever listens next may take it although connections of an earlier server linger on it.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        _given.add(port)
        return port
    raise OSError(f"no free port of loopback between {_FIRST} and {first_of_kernel}")
