"""An HTTP server on loopback that misbehaves on request: the path says how. It prints its port and ends with
its input or its parent.

Usage: http_server.py [CERTIFICATE KEY [MAXIMUM_TLS]]
"""

import json
import os
import select
import socket
import ssl
import sys
import threading
import warnings

counts = {"connections": 0, "requests": 0}
# Connections up to this number are read from, but never answered again.
muted = 0
lock = threading.Lock()


def read_request(stream):
    line = stream.readline()
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers = []
    while (line := stream.readline().rstrip(b"\r\n")) != b"":
        name, value = line.decode("latin-1").split(":", 1)
        headers.append([name, value.strip()])
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return method, target, headers, stream.read(length)


def answer(status, body, *headers):
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return ("\r\n".join(head) + "\r\n\r\n").encode("latin-1") + body


def handle(connection, number):
    global muted
    stream = connection.makefile("rb")
    on_this_connection = 0
    while (request := read_request(stream)) is not None:
        method, target, headers, body = request
        on_this_connection += 1
        with lock:
            counts["requests"] += 1
        path = target.split("?")[0]
        if path == "/silent" or number <= muted:
            threading.Event().wait(30)
        elif path == "/mute":
            with lock:
                muted = counts["connections"]
            connection.sendall(answer("200 OK", b""))
        elif path == "/slow-head":
            threading.Event().wait(1)
            connection.sendall(answer("200 OK", b"late"))
        elif path == "/drop" or (path == "/drop-second" and on_this_connection > 1):
            return
        elif path == "/truncated":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")
            return
        elif path == "/truncated-head":
            connection.sendall(b"HTTP/1.1 200 OK\r\nConte")
            return
        elif path == "/garbage":
            connection.sendall(b"\x00\x01\x02 this is not HTTP\r\n\r\n")
            return
        elif path == "/large":
            connection.sendall(answer("200 OK", b"x" * int(target.split("?")[1])))
        elif path == "/large-chunked":
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in range(int(target.split("?")[1]) // 1000):
                connection.sendall(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
            connection.sendall(b"0\r\n\r\n")
        elif path == "/endless-headers":
            connection.sendall(b"HTTP/1.1 200 OK\r\n")
            for index in range(100_000):
                connection.sendall(f"X-{index}: {'y' * 100}\r\n".encode())
        elif path == "/redirect":
            connection.sendall(answer("307 Temporary Redirect", b"moved", "Location: /echo"))
        elif path == "/close":
            connection.sendall(answer("200 OK", b"bye", "Connection: close"))
            return
        elif path == "/continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\nX-Interim: 1\r\n\r\n" + answer("200 OK", b"", "X-Final: 1"))
        elif path == "/empty":
            connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")
        elif path == "/counts":
            with lock:
                connection.sendall(answer("200 OK", json.dumps(counts).encode()))
        else:
            threading.Event().wait(0.05 if path == "/slow" else 0)
            echo = {"method": method, "target": target, "headers": headers, "body": body.decode("latin-1")}
            echo["connection"] = number
            content = b"" if method == "HEAD" else json.dumps(echo).encode()
            connection.sendall(answer("200 OK", content, "X-Twice:  one  ", "x-twice: two", "X-Empty:"))


def serve(connection, context):
    with lock:
        counts["connections"] += 1
        number = counts["connections"]
    try:
        if context:
            connection = context.wrap_socket(connection, server_side=True)
        handle(connection, number)
    except (OSError, ValueError):
        pass
    finally:
        connection.close()


def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        if len(sys.argv) > 3:
            context.set_ciphers("ALL:@SECLEVEL=0")
            warnings.simplefilter("ignore")
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion[sys.argv[3]]
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)

    def accept():
        while True:
            connection, _ = listener.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=serve, args=(connection, context), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    # Other children of the test may hold the other end of our input, so that its closing is not enough.
    parent = os.getppid()
    while os.getppid() == parent and not select.select([sys.stdin], [], [], 0.5)[0]:
        pass


main()
