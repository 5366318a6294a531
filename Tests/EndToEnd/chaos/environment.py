"""An execution environment: a bootstrap as a process between a simulated Runtime API and a proxy of faults."""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

from .faults import Counts, Fault, Plan
from .http1 import Message, Upstream, read_message, response
from .refusals import operation, point, refusal

Trace = Callable[[str], None]

# A bootstrap that neither asks for work nor ends is broken.
START_SECONDS = 30.0
# What a deadline may be exceeded by before it counts as not kept: other processes want the cores too.
GRACE_SECONDS = 0.2


class Ending(StrEnum):
    ANSWERED = "answered"
    ERROR = "error"
    KILLED = "killed"
    TIMED_OUT = "timed out"


@dataclass(frozen=True)
class Outcome:
    request_id: str
    ending: Ending
    content: Any = None

    @property
    def failed_identifiers(self) -> list[str] | None:
        """None where the whole batch failed."""
        if self.ending is not Ending.ANSWERED:
            return None
        return [failure["itemIdentifier"] for failure in (self.content or {}).get("batchItemFailures") or []]


@dataclass
class _Held:
    """A request that arrives late."""

    request: Message
    invocation: int
    # The request of the environment before which it arrives, if that belongs to a later invocation; and the invocation
    # before which it arrives at the latest.
    until: int
    until_invocation: int


@dataclass
class _Running:
    request_id: str
    plan: Plan
    done: asyncio.Future[tuple[Ending, Any]]
    requests: int = 0


@dataclass
class Environment:
    """Serves one invocation at a time, as Lambda does."""

    name: str
    bootstrap: Path
    variables: dict[str, str]
    upstream: Upstream
    log: Path
    counts: Counts
    trace: Trace
    _process: asyncio.subprocess.Process | None = None
    _servers: list[asyncio.Server] = field(default_factory=list)
    _connections: set[asyncio.StreamWriter] = field(default_factory=set)
    _idle: asyncio.StreamWriter | None = None
    _asks: asyncio.Event = field(default_factory=asyncio.Event)
    _running: _Running | None = None
    _held: list[_Held] = field(default_factory=list)
    _generation: int = 0
    _invocations: int = 0
    _requests: int = 0

    async def start(self) -> None:
        for handle in (self._serve_runtime, self._serve_proxy):
            self._servers.append(await asyncio.start_server(handle, "127.0.0.1", 0, limit=2**23))
        runtime, proxy = (server.sockets[0].getsockname()[1] for server in self._servers)
        self.variables |= {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{runtime}",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{proxy}",
        }

    async def stop(self) -> None:
        await self._kill_process()
        for server in self._servers:
            server.close()
        for writer in list(self._connections):
            writer.close()

    # Invocations

    async def invoke(self, event: object, plan: Plan) -> Outcome:
        """One delivery; whatever it does, the environment can serve the next one afterwards."""
        await self._ready()
        assert self._idle is not None
        writer, self._idle = self._idle, None
        self._asks.clear()
        self._invocations += 1
        request_id = f"{self.name}-{self._invocations}"
        running = _Running(request_id, plan, asyncio.get_running_loop().create_future())
        self._running = running
        body = event if isinstance(event, bytes) else json.dumps(event).encode()
        deadline = int((time.time() + plan.deadline) * 1000)
        writer.write(
            response(200, body, Lambda_Runtime_Aws_Request_Id=request_id, Lambda_Runtime_Deadline_Ms=str(deadline))
        )
        self.counts["invocations"] += 1
        try:
            ending, content = await asyncio.wait_for(asyncio.shield(running.done), plan.deadline + GRACE_SECONDS)
        except TimeoutError:
            ending, content = Ending.TIMED_OUT, None
            self.counts["invocations past their deadline"] += 1
            await self._kill_process()
        self._running = None
        self.trace(f"{request_id}: {ending} after {running.requests} requests {_short(content)}")
        return Outcome(request_id, ending, content)

    async def release(self) -> None:
        """Lets everything that was held arrive."""
        held, self._held = self._held, []
        for item in held:
            await self._arrive(item)

    async def _ready(self) -> None:
        for _ in range(2):
            if self._process is None or self._process.returncode is not None:
                await self._start_process()
            process = self._process
            assert process is not None
            asks, ends = asyncio.create_task(self._asks.wait()), asyncio.create_task(process.wait())
            await asyncio.wait({asks, ends}, timeout=START_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            asks.cancel()
            ends.cancel()
            if self._asks.is_set():
                return
            if process.returncode is None:
                break
        raise RuntimeError(f"{self.name} asks for no work; its log: {self.log.read_text()[-2000:]}")

    async def _start_process(self) -> None:
        self._generation += 1
        self._asks.clear()
        self.counts["processes"] += 1
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                self.bootstrap, env=self.variables, stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
            )

    async def _kill_process(self) -> None:
        process, self._process = self._process, None
        self._generation += 1
        self._asks.clear()
        self._idle = None
        if process is not None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _end(self, running: _Running, ending: Ending, content: Any = None) -> None:
        if running.done.done():
            return  # too late: the function has reported already
        if ending is Ending.KILLED:
            await self._kill_process()
        if not running.done.done():
            running.done.set_result((ending, content))

    # The Runtime API

    async def _serve_runtime(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        generation = self._generation
        self._connections.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while True:
                request = await read_message(reader)
                if generation != self._generation:
                    break
                await self._answer_runtime(request, writer)
        self._connections.discard(writer)
        writer.close()

    async def _answer_runtime(self, request: Message, writer: asyncio.StreamWriter) -> None:
        if request.path.endswith("/invocation/next"):
            self._idle = writer
            self._asks.set()
            return
        if request.path.endswith("/init/error"):
            writer.write(response(202, b'{"status":"OK"}'))
            return
        running = self._running
        if running is None or f"/{running.request_id}/" not in request.path:
            writer.write(response(400, b'{"errorMessage":"no such invocation","errorType":"InvalidRequestID"}'))
            return
        if running.plan.kills_reporting:
            self.counts[Fault.KILLED_REPORTING] += 1
            await self._end(running, Ending.KILLED)
            return
        writer.write(response(202, b'{"status":"OK"}'))
        ending = Ending.ERROR if request.path.endswith("/error") else Ending.ANSWERED
        await self._end(running, ending, json.loads(request.body) if request.body else None)

    # The proxy

    async def _serve_proxy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        generation = self._generation
        self._connections.add(writer)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            while not writer.is_closing():
                request = await read_message(reader)
                if generation != self._generation:
                    break  # what a dead process left in the socket
                await self._pass(request, writer)
        self._connections.discard(writer)
        writer.close()

    async def _pass(self, request: Message, writer: asyncio.StreamWriter) -> None:
        self._requests += 1
        await self._let_late_ones_arrive()
        running = self._running
        if running is None or running.done.done():
            writer.transport.abort()  # sent by a process that is dead by now
            return
        place = running.requests
        running.requests += 1
        fault = running.plan.fault(place, point(request))
        answer = None
        if fault in (Fault.ERROR, Fault.ERROR_AFTER, Fault.THROTTLED, Fault.CONFLICT):
            answer = refusal(request, fault, running.plan.random)
            fault = fault if answer is not None else Fault.NONE
        self.counts["requests"] += 1
        if fault is not Fault.NONE:
            self.counts[fault] += 1
        self.trace(f"{running.request_id} {place}: {operation(request)} {fault}")
        if answer is not None:
            if fault is Fault.ERROR_AFTER:
                await self._forward(request)
            writer.write(answer)
            return
        await self._spoil(request, writer, running, fault)

    async def _spoil(self, request: Message, writer: asyncio.StreamWriter, running: _Running, fault: Fault) -> None:
        match fault:
            case Fault.NONE:
                writer.write((await self._forward(request)).raw)
            case Fault.DROPPED_BEFORE:
                writer.transport.abort()
            case Fault.DROPPED_AFTER:
                await self._forward(request)
                writer.transport.abort()
            case Fault.TRUNCATED:
                answer = (await self._forward(request)).raw
                writer.write(answer[: -max(1, len(answer) // 3)])
                writer.close()
            case Fault.LATE | Fault.LATE_KILLED:
                self._held.append(self._hold(request, running.plan.random))
                if fault is Fault.LATE_KILLED:
                    await self._end(running, Ending.KILLED)
            case Fault.KILLED_BEFORE:
                await self._end(running, Ending.KILLED)
            case Fault.KILLED_AFTER:
                await self._forward(request)
                await self._end(running, Ending.KILLED)
            case Fault.KILLED_ANSWERED:
                writer.write((await self._forward(request)).raw)
                await writer.drain()
                await self._end(running, Ending.KILLED)
            case _:
                raise AssertionError(f"{fault} is no fault of a request")

    async def _forward(self, request: Message) -> Message:
        return await self.upstream.send(request.raw, is_head=request.method == "HEAD")

    def _hold(self, request: Message, random: Random) -> _Held:
        """It arrives in the middle of the redelivery or after that one's end, or the next one's."""
        within = random.choice((1, 2, 3, 4, 6, 9))
        after = random.choice((2, 2, 3))
        until = self._requests + (within if random.random() < 0.5 else 10**9)
        return _Held(request, self._invocations, until, self._invocations + after)

    async def _let_late_ones_arrive(self) -> None:
        # Never while the invocation that sent it runs: that one has not seen its deadline yet.
        now, invocation = self._requests, self._invocations
        due = [
            item
            for item in self._held
            if item.invocation < invocation and (item.until <= now or item.until_invocation <= invocation)
        ]
        self._held = [item for item in self._held if item not in due]
        for item in due:
            await self._arrive(item)

    async def _arrive(self, held: _Held) -> None:
        answer = await self._forward(held.request)
        late = self._invocations - held.invocation
        # Request `until` belongs to a redelivery that runs; with 2 or more one has ended, or it is over altogether.
        kind = "late, after a redelivery's end" if late > 1 or self._running is None else "late, within a redelivery"
        self.counts[kind] += 1
        self.trace(f"{self.name}: late {operation(held.request)} of invocation {held.invocation}: {answer.start}")


def _short(content: Any) -> str:
    text = "" if content is None else json.dumps(content)
    return text if len(text) < 200 else text[:200] + "…"
