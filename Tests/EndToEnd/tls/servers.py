"""Four TLS servers, each of which says yes to every request and closes, so that each request has a handshake."""

from __future__ import annotations

import contextlib
import fcntl
import http.server
import os
import re
import shutil
import ssl
import struct
import termios
import threading
import time
from pathlib import Path
from typing import Any

from tls.server import ANSWER, PATIENCE_SECONDS, ProcessServer, Server, Settings, program


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    connection: ssl.SSLSocket
    server: Listener

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.resumed.append(bool(self.connection.session_reused))
        self.wfile.write(ANSWER)
        self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    resumed: list[bool]
    make_context: Any

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(PATIENCE_SECONDS)
        tls = self.make_context().wrap_socket(request, server_side=True)
        try:
            super().finish_request(tls, client_address)
        finally:
            # OpenSSL resumes no session whose connection ended without a word.
            with contextlib.suppress(OSError, ValueError):
                tls.unwrap()
            tls.close()

    def handle_error(self, *_: object) -> None:
        """A refused handshake is what some cases are about."""


class PythonServer(Server):
    name = "python"

    @staticmethod
    def can(settings: Settings) -> bool:
        several = "," in settings.groups or ":" in settings.groups
        return not (several or settings.record or settings.command or settings.stapled or "ffdhe" in settings.groups)

    def context(self) -> ssl.SSLContext:
        settings = self.settings
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # Whom a client refuses is shown, too.
        context.set_ciphers(f"{settings.cipher or 'DEFAULT'}:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion["TLSv" + settings.versions[0].replace(".", "_")]
        context.maximum_version = ssl.TLSVersion["TLSv" + settings.versions[-1].replace(".", "_")]
        if settings.groups:
            context.set_ecdh_curve(settings.groups)
        if settings.sessions != "tickets":
            context.options |= ssl.OP_NO_TICKET
        if settings.sessions == "none":
            context.num_tickets = 0
        if settings.asks_for_certificate:
            context.verify_mode = ssl.CERT_OPTIONAL
            context.load_verify_locations(self.files.root)
        if settings.alpn:
            context.set_alpn_protocols(settings.alpn.split(","))
        context.load_cert_chain(self.files.bundle)
        if settings.needs_name:
            named = context
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.other.bundle)

            def choose(tls: ssl.SSLSocket, name: str | None, _: ssl.SSLContext) -> None:
                if name == "localhost":
                    tls.context = named

            context.sni_callback = choose
        return context

    def __enter__(self) -> PythonServer:
        context = self.context()
        self.listener = Listener(("127.0.0.1", 0), Handler)
        self.listener.resumed = self.resumed
        self.listener.make_context = self.context if self.settings.forgetful else lambda: context
        self.port = self.listener.server_port
        serve = self.listener.serve_forever
        self.thread = threading.Thread(target=serve, kwargs={"poll_interval": 0.01}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.listener.shutdown()
        self.listener.server_close()
        self.thread.join()


class OpenSSLServer(ProcessServer):
    """`openssl s_server`, which shows what comes and sends what it is given."""

    name = "s_server"

    @staticmethod
    def can(settings: Settings) -> bool:
        return not settings.forgetful

    def command_line(self) -> list[str]:
        files, settings = self.files, self.settings
        shown = self.other if settings.needs_name else files
        line = ["openssl", "s_server", "-accept", f"127.0.0.1:{self.port}"]
        line += ["-key", shown.key, "-cert", shown.certificate]
        if shown.intermediates.stat().st_size:
            line += ["-cert_chain", shown.intermediates]
        if len(settings.versions) == 1:
            line.append("-tls" + settings.versions[0].replace(".", "_"))
        line += ["-cipher", f"{settings.cipher or 'DEFAULT'}:@SECLEVEL=0"]
        if settings.groups:
            line += ["-groups", settings.groups]
        line += {"tickets": [], "stateful": ["-no_ticket"], "none": ["-no_ticket", "-no_cache", "-num_tickets", "0"]}[
            settings.sessions
        ]
        if settings.asks_for_certificate:
            line += ["-verify", "4"]
        if settings.alpn:
            line += ["-alpn", settings.alpn]
        if settings.record:
            line += ["-split_send_frag", "512", "-max_send_frag", str(max(512, settings.record))]
        if settings.needs_name:
            # The second certificate's chain is put together from this file.
            (self.folder / "authorities.pem").write_text(files.intermediates.read_text() + files.root.read_text())
            line += ["-servername", "localhost", "-cert2", files.certificate, "-key2", files.key]
            line += ["-CAfile", self.folder / "authorities.pem"]
        if settings.stapled:
            line += ["-status_file", self.folder / "ocsp.der"]
            make_response(self.folder)
        return [str(word) for word in line]

    def wait_until_it_listens(self) -> None:
        # It takes one connection at a time, and prints a lot about each.
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "ACCEPT" not in "".join(self.output):
            assert self.process.poll() is None and time.monotonic() < deadline, "".join(self.output)
            time.sleep(0.002)

    def follow(self) -> None:
        assert self.process.stdout
        shown = b""
        while block := os.read(self.process.stdout.fileno(), 65536):
            shown += block
            self.output.append(block.decode(errors="replace"))
            head, end, body = shown.partition(b"\r\n\r\n")
            length = re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)
            if not end or len(body) < int(length[1] if length else 0):
                continue
            if self.settings.command:
                self.send(self.settings.command.encode() + b"\n")
            # A renegotiation shows a session of its own, at some time before the next request.
            self.resumed.append(b"Reused session-id" in shown and not self.settings.command)
            self.send(ANSWER)
            shown = b""

    def send(self, text: bytes) -> None:
        """Writes to its input and waits until it has read that: a command is one only if nothing comes with it."""
        assert self.process.stdin
        descriptor = self.process.stdin.fileno()
        os.write(descriptor, text)
        while (
            struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)))[0] and self.process.poll() is None
        ):
            time.sleep(0.001)

    def take_resumed(self, count: int) -> list[bool]:
        # Its input is read by a command's letter, and what it did is shown when it shows the next request.
        assert not self.settings.command or "SSL_do_handshake -> 1" in "".join(self.output), "".join(self.output)
        return super().take_resumed(count)


def make_response(folder: Path) -> None:
    """An authority's answer (OCSP), the shortest that there is: it has nothing to say about this certificate."""
    (folder / "ocsp.der").write_bytes(b"\x30\x03\x0a\x01\x06")


class Nginx(ProcessServer):
    name = "nginx"

    @staticmethod
    def can(settings: Settings) -> bool:
        return not (settings.command or settings.alpn or settings.forgetful)

    def command_line(self) -> list[str]:
        (self.folder / "nginx.conf").write_text(self.configuration())
        return [program("nginx"), "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr"]

    def configuration(self) -> str:
        files, settings = self.files, self.settings
        lines = [
            f"ssl_protocols {' '.join('TLSv' + version for version in settings.versions)};",
            f"ssl_ciphers {settings.cipher or 'DEFAULT'}:@SECLEVEL=0;",
            f"ssl_session_tickets {'on' if settings.sessions == 'tickets' else 'off'};",
            f"ssl_session_cache {'off' if settings.sessions == 'none' else 'shared:tls:1m'};",
        ]
        if settings.groups:
            lines.append(f"ssl_ecdh_curve {settings.groups};")
        if settings.asks_for_certificate:
            lines += ["ssl_verify_client optional_no_ca;", f"ssl_client_certificate {files.root};"]
        if settings.record:
            lines.append(f"ssl_buffer_size {settings.record};")
        if settings.stapled:
            make_response(self.folder)
            lines += ["ssl_stapling on;", "ssl_stapling_file ocsp.der;"]
        common = "\n".join(lines)
        temporary = "\n".join(
            f"{kind}_temp_path {kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        servers = [(files, "localhost tls.test")]
        if settings.needs_name:
            servers.insert(0, (self.other, "other.test"))
        blocks = "\n".join(
            f"server {{ listen 127.0.0.1:{self.port} ssl; server_name {names}; {common}\n"
            f"ssl_certificate {shown.chain}; ssl_certificate_key {shown.key};\n"
            "location / { return 200 '{}'; } }"
            for shown, names in servers
        )
        return f"""
            daemon off; master_process off; pid nginx.pid; error_log stderr;
            events {{ worker_connections 64; }}
            http {{
                {temporary}
                log_format resumed "resumed: $ssl_session_reused";
                access_log /dev/stdout resumed;
                keepalive_timeout 0;
                {blocks}
            }}
        """

    def read(self, line: str) -> None:
        if line.startswith("resumed: "):
            self.resumed.append(line.split()[1] == "r")


class HAProxy(ProcessServer):
    name = "haproxy"
    shows_weak_certificates = False

    @staticmethod
    def can(settings: Settings) -> bool:
        return not (settings.command or settings.stapled or settings.forgetful)

    def command_line(self) -> list[str]:
        (self.folder / "haproxy.conf").write_text(self.configuration())
        return [program("haproxy"), "-db", "-f", "haproxy.conf"]

    def configuration(self) -> str:
        files, settings = self.files, self.settings
        shutil.copy(files.bundle, self.folder / "server.pem")
        listed = f"{self.folder}/server.pem localhost\n"
        if settings.needs_name:
            shutil.copy(self.other.bundle, self.folder / "other.pem")
            listed = f"{self.folder}/other.pem\n{listed}"
        (self.folder / "certificates").write_text(listed)
        bind = ["ssl", "crt-list", "certificates", f"ciphers {settings.cipher or 'DEFAULT'}:@SECLEVEL=0"]
        bind += [f"ssl-min-ver TLSv{settings.versions[0]}", f"ssl-max-ver TLSv{settings.versions[-1]}"]
        if settings.groups:
            bind.append(f"curves {settings.groups}")
        if settings.sessions != "tickets":
            bind.append("no-tls-tickets")
        if settings.asks_for_certificate:
            bind.append(f"verify optional ca-file {files.root}")
        if settings.alpn:
            bind.append(f"alpn {settings.alpn}")
        limits = [f"tune.ssl.maxrecord {settings.record}"] if settings.record else []
        limits += ["tune.ssl.cachesize 0"] if settings.sessions == "none" else []
        return f"""
global
    log stdout format raw local0
    # One thread logs requests in their order.
    nbthread 1
    {(chr(10) + "    ").join(["tune.ssl.default-dh-param 2048", *limits])}
defaults
    mode http
    timeout client {PATIENCE_SECONDS}s
    timeout connect {PATIENCE_SECONDS}s
    timeout server {PATIENCE_SECONDS}s
frontend tls
    bind 127.0.0.1:{self.port} {" ".join(bind)}
    option httpclose
    log global
    log-format "resumed: %[ssl_fc_is_resumed] %ST"
    http-request wait-for-body time {PATIENCE_SECONDS}s
    http-request return status 200 content-type application/json string {{}}
"""

    def read(self, line: str) -> None:
        # A connection without a request is logged, too.
        if line.startswith("resumed: ") and line.split()[2] == "200":
            self.resumed.append(line.split()[1] == "1")


SERVERS: list[type[Server]] = [PythonServer, OpenSSLServer, Nginx, HAProxy]
