"""A TLS server on loopback that never ends a handshake well. Each way and moment of ending it has a port of its own:
the first line of output is a JSON object of names and ports. It ends with its input or its parent.

Usage: tls_endings.py CERTIFICATE KEY

A name is "handshake/moment/ending", for example "TLSv1_3/half of flight 1/reset".
"""

import contextlib
import itertools
import json
import os
import select
import socket
import ssl
import struct
import sys
import threading

# What the server answers the ClientHello with: of each handshake, how many flights come from the server before the
# client is content. A retry asks for a key of another group than the client guessed (HelloRetryRequest).
HANDSHAKES = {"TLSv1_2": 2, "TLSv1_3": 1, "TLSv1_3 with a retry": 2}
ALERTS = {
    "close_notify": 0,
    "unexpected_message": 10,
    "handshake_failure": 40,
    "bad_certificate": 42,
    "certificate_expired": 45,
    "unknown_ca": 48,
    "access_denied": 49,
    "decrypt_error": 51,
    "protocol_version": 70,
    "insufficient_security": 71,
    "internal_error": 80,
    "user_canceled": 90,
    "unrecognized_name": 112,
    "no_application_protocol": 120,
}
ENDINGS = ["close", "reset", "garbage", *ALERTS]
PATIENCE_SECONDS = 10
# Bytes of a flight's end that are never sent: so many that an alert after it does not make up for them by chance.
END = 8


def moments(flights):
    """When a handshake ends: the flight that is not sent as it should be, and how much of it is."""
    yield "before the hello", 0, 0
    for flight in range(1, flights + 1):
        yield f"before flight {flight}", flight, 0
        yield f"half of flight {flight}", flight, 0.5
        yield f"all but the end of flight {flight}", flight, 1


def send_flights(connection, context, last, part):
    """Shakes hands until flight `last`, of which only a part is sent: none, half, or all but its end."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = context.wrap_bio(incoming, outgoing, server_side=True)
    flight = 0
    while flight < last:
        received = connection.recv(65536)
        if not received:
            return
        incoming.write(received)
        with contextlib.suppress(ssl.SSLWantReadError):
            tls.do_handshake()
        answer = outgoing.read()
        if not answer:
            continue
        flight += 1
        size = len(answer) if flight < last else min(int(len(answer) * part), len(answer) - END)
        connection.sendall(answer[:size])


def end(connection, ending):
    if ending == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    elif ending == "garbage":
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    elif ending in ALERTS:
        level = 1 if ending in ("close_notify", "user_canceled") else 2
        connection.sendall(b"\x15\x03\x03\x00\x02" + bytes([level, ALERTS[ending]]))
    if ending != "reset":
        # What is unread when a socket closes makes a reset of its end.
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass


def serve(connection, context, flight, part, ending):
    try:
        with connection:
            connection.settimeout(PATIENCE_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            send_flights(connection, context, flight, part)
            end(connection, ending)
    except OSError:
        pass


def contexts(certificate, key):
    for handshake in HANDSHAKES:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        version = ssl.TLSVersion[handshake.split()[0]]
        context.minimum_version = context.maximum_version = version
        if "retry" in handshake:
            context.set_ecdh_curve("secp384r1")
        yield handshake, context


def accept(listeners):
    while True:
        ready, _, _ = select.select(list(listeners), [], [])
        for listener in ready:
            connection, _ = listener.accept()
            threading.Thread(target=serve, args=(connection, *listeners[listener]), daemon=True).start()


def main():
    listeners, ports = {}, {}
    for handshake, context in contexts(*sys.argv[1:]):
        for (moment, flight, part), ending in itertools.product(moments(HANDSHAKES[handshake]), ENDINGS):
            listener = socket.create_server(("127.0.0.1", 0), backlog=8)
            listeners[listener] = (context, flight, part, ending)
            ports[f"{handshake}/{moment}/{ending}"] = listener.getsockname()[1]
    print(json.dumps(ports), flush=True)
    threading.Thread(target=accept, args=(listeners,), daemon=True).start()
    # Other children of the test may hold the other end of our input, so that its closing is not enough.
    parent = os.getppid()
    while os.getppid() == parent and not select.select([sys.stdin], [], [], 0.5)[0]:
        pass


main()
