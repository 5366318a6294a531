"""Which local user is at the other end of a TCP connection, and servers that accept their own user only."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator
from pathlib import Path

# linux/netlink.h, linux/sock_diag.h
NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLM_F_REQUEST = 1
EVERY_STATE = ANY_COOKIE = 0xFFFFFFFF
# 127.0.0.1 as a client with an IPv6 socket has it.
MAPPED_PREFIX = b"\0" * 10 + b"\xff" * 2

Address = tuple[str, int]


def user_of_peer(own: Address, peer: Address) -> int | None:
    """The user who opened the socket at `peer` that is connected to `own`; None if no open socket is there.

    A socket that was closed has no owner any more, and the kernel then names root: it counts as nobody's.
    """
    found = _ask_kernel(own, peer) or _look_up(own, peer)
    if found is None:
        return None
    user, inode = found
    return user if inode else None


def accept_only_own_user() -> None:
    """Makes every TCP server of this process, whoever opens it, drop connections of other users at once.

    Loopback keeps other machines out, not other users of this one. To the server, the connection was gone before it was
    accepted: `ConnectionAbortedError`, which loops of servers expect. A loop that waited here for the next connection
    would not see that it is to end.
    """
    accept = socket.socket.accept

    def accept_own_user(self: socket.socket) -> tuple[socket.socket, object]:
        connection, address = accept(self)
        if connection.family not in (socket.AF_INET, socket.AF_INET6):
            return connection, address
        if user_of_peer(connection.getsockname()[:2], address[:2]) == os.geteuid():
            return connection, address
        connection.close()
        raise ConnectionAbortedError(errno.ECONNABORTED, "the connection is another user's, or was closed")

    socket.socket.accept = accept_own_user  # type: ignore[method-assign]


def _ask_kernel(own: Address, peer: Address) -> tuple[int, int] | None:
    """User and inode of the socket at `peer`, by one lookup of the kernel (sock_diag(7)); None: it has no answer."""
    addresses = [_packed(host) for host, _ in (peer, own)]
    family = socket.AF_INET if all(len(address) == 4 for address in addresses) else socket.AF_INET6
    ports = struct.pack("!HH", peer[1], own[1])
    identity = ports + b"".join(address.ljust(16, b"\0") for address in addresses)
    request = struct.pack("=BBxxI", family, socket.IPPROTO_TCP, EVERY_STATE)
    request += identity + struct.pack("=III", 0, ANY_COOKIE, ANY_COOKIE)
    header = struct.pack("=IHHII", 16 + len(request), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 0, 0)
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as netlink:
            netlink.send(header + request)
            answer = netlink.recv(8192)
    except OSError:
        return None
    # Behind both headers: family, state and so on, ports and addresses, three words, user, inode. The ports are
    # compared because a listening socket is found where there is no connection.
    if len(answer) < 88 or struct.unpack_from("=H", answer, 4)[0] != SOCK_DIAG_BY_FAMILY or answer[20:24] != ports:
        return None
    return struct.unpack_from("=II", answer, 80)


def _look_up(own: Address, peer: Address) -> tuple[int, int] | None:
    """The same from the tables in /proc, for kernels without sock_diag. Slow: the whole table is written each time."""
    for table, local, remote in _forms(peer, own):
        for row in _rows(table):
            if row[1] == local and row[2] == remote:
                return int(row[7]), int(row[9])
    return None


def _rows(table: str) -> Iterator[list[str]]:
    """local address, remote address, state, …, user, timeout, inode: see proc_net_tcp in the kernel's documents."""
    try:
        text = Path("/proc/net", table).read_text()
    except FileNotFoundError:
        return
    for line in text.splitlines()[1:]:
        yield line.split()


def _forms(local: Address, remote: Address) -> Iterator[tuple[str, str, str]]:
    """Where a connection can be found, with both addresses as that table writes them."""
    packed = [_packed(host) for host, _ in (local, remote)]
    ports = [port for _, port in (local, remote)]
    if all(len(address) == 4 for address in packed):
        yield "tcp", _written(packed[0], ports[0]), _written(packed[1], ports[1])
        packed = [MAPPED_PREFIX + address for address in packed]
    yield "tcp6", _written(packed[0], ports[0]), _written(packed[1], ports[1])


def _packed(host: str) -> bytes:
    """An address's bytes; four for an IPv4 address, mapped or not."""
    if ":" not in host:
        return socket.inet_pton(socket.AF_INET, host)
    packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return packed[12:] if packed.startswith(MAPPED_PREFIX) else packed


def _written(address: bytes, port: int) -> str:
    # Words of 32 bits in the machine's own order of bytes.
    words = struct.unpack(f"={len(address) // 4}I", address)
    return "".join(f"{word:08X}" for word in words) + f":{port:04X}"
