"""A Runtime API on loopback that gives a function one event as often as asked, and what the function used meanwhile."""

import fcntl
import os
import socket
import subprocess
import time
from pathlib import Path

# What one invocation may log before it stands still: more than any here does.
PIPE_BYTES = min(1 << 20, int(Path("/proc/sys/fs/pipe-max-size").read_text()))


def process_cpu(pid):
    """Seconds of CPU of a process, by its CPU clock: /proc/PID/task leaves out threads that have ended.

    The id is that of clock_getcpuclockid: the process's number, inverted, and 2 for what the scheduler has counted.
    """
    return time.clock_gettime((~pid << 3) | 2)


class Function:
    """A function's process, connected to a Runtime API of its own."""

    def __init__(self, command, environment, cwd=None):
        listener = socket.create_server(("127.0.0.1", 0))
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        self.process = subprocess.Popen(
            [*map(str, command)],
            env={**environment, "AWS_LAMBDA_RUNTIME_API": address},
            cwd=cwd,
            # One pipe for both, as on Lambda: Python's handlers print what ours write to the standard error.
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        # What it logs must not stop it, and matters only when it ends too early.
        fcntl.fcntl(self.process.stdout.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        os.set_blocking(self.process.stdout.fileno(), False)
        listener.settimeout(60)
        self.connection, _ = listener.accept()
        self.connection.settimeout(120)
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.listener = listener
        self.invocations = 0
        self.read_request()

    def read_request(self):
        """One request: its body. The connection is made anew where the runtime does so."""
        data = b""
        while b"\r\n\r\n" not in data:
            self.drain_log()
            part = self.connection.recv(1 << 20)
            if not part:
                if self.process.poll() is not None:
                    raise RuntimeError(f"the function ended: {self.log[-2000:].decode(errors='replace')}")
                self.connection.close()
                self.connection, _ = self.listener.accept()
                self.connection.settimeout(120)
                continue
            data += part
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in lines[1:])
        length = int(fields.get(b"content-length", 0))
        while len(body) < length:
            body += self.connection.recv(1 << 20)
        if b"/extension/register " in lines[0]:
            # There are no extensions here; functions do without.
            self.connection.sendall(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
            return self.read_request()
        if lines[0].endswith(b"/error HTTP/1.1"):
            raise RuntimeError(f"the function failed: {body[:2000].decode(errors='replace')}")
        return body

    log = b""

    def drain_log(self):
        part = self.process.stdout.read()
        if part:
            self.log = (self.log + part)[-65536:]

    def invoke(self, event):
        """The answer. The function asks for the next event before this returns."""
        self.invocations += 1
        deadline = int(time.time() * 1000) + 60_000
        self.connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            b"Lambda-Runtime-Aws-Request-Id: 8476a536-e9f4-11e8-9739-%012d\r\n"
            b"Lambda-Runtime-Deadline-Ms: %d\r\n"
            b"Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:eu-central-1:123456789012:function:bench\r\n"
            b"Content-Length: %d\r\n\r\n" % (self.invocations, deadline, len(event))
        )
        self.connection.sendall(event)
        answer = self.read_request()
        accepted = b'{"status":"OK"}\n'
        self.connection.sendall(
            b"HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
            % (len(accepted), accepted)
        )
        self.read_request()
        return answer

    def cpu(self):
        """Seconds of CPU of all its threads so far, those that have ended included."""
        return process_cpu(self.process.pid)

    def memory(self, key="VmHWM"):
        """MB: VmHWM is the peak so far, VmRSS what is resident now."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"the kernel does not say {key}")

    def close(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.connection.close()
        self.listener.close()
