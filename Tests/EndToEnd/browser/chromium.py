"""A headless Chromium, driven over its DevTools protocol by a pipe: nothing listens, and no other package is needed."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import axe_playwright_python

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
INSTALL = "no chromium: scripts/setup --with-chromium installs it"
ANSWER_SECONDS = 30.0

Found = TypeVar("Found")

AXE = """axe.run(document, {resultTypes: ['violations']}).then(result => result.violations.map(violation =>
  violation.id + ': ' + violation.help + ' at ' + violation.nodes.map(node =>
    node.target.join(' ') + ' ' + (node.any[0]?.message ?? '')).join('; ')))"""


class Page:
    """One page of the browser, with all that its console said."""

    def __init__(self, browser: Browser, target: str, session: str) -> None:
        self._browser = browser
        self._target = target
        self._session = session
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            self.send(f"{domain}.enable")

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        return self._browser.send(method, self._session, **parameters)

    def close(self) -> None:
        self._browser.send("Target.closeTarget", targetId=self._target)

    def open(self, url: str) -> None:
        # A page that differs in the fragment alone would not be loaded again.
        self.send("Page.navigate", url="about:blank")
        self.send("Page.navigate", url=url)

    def evaluate(self, expression: str) -> Any:
        answer = self.send("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, expression: str, what: str, seconds: float = 20) -> None:
        """Until the expression holds; while the page is being loaded, its elements are not there."""
        deadline = time.monotonic() + seconds
        guarded = f"(() => {{ try {{ return !!({expression}) }} catch {{ return null }} }})()"
        while not self.evaluate(guarded):
            assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}; console: {self.console()}"
            time.sleep(0.05)

    def text(self, selector: str) -> str:
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText"))

    def exact(self, selector: str) -> str:
        """A figure as it came to the page."""
        return str(self.evaluate(f"document.querySelector({json.dumps(selector)}).dataset.exact ?? ''"))

    def resize(self, width: int, height: int, *, scale: float = 1, mobile: bool = False) -> None:
        self.send(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=mobile
        )

    def emulate(self, *, dark: bool = False, locale: str | None = None) -> None:
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.send("Emulation.setEmulatedMedia", features=[scheme, still])
        if locale:
            agent = self.evaluate("navigator.userAgent")
            self.send("Emulation.setUserAgentOverride", userAgent=agent, acceptLanguage=locale)
            self.send("Emulation.setTimezoneOverride", timezoneId="UTC")

    def screenshot(self, file: Path, *, whole: bool = True) -> bytes:
        size = self.send("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}
        options = {"clip": clip, "captureBeyondViewport": True} if whole else {}
        picture = base64.b64decode(self.send("Page.captureScreenshot", format="png", **options)["data"])
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(picture)
        return picture

    def press(self, key: str, code: int, modifiers: int = 0) -> None:
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if len(key) == 1 else {}
            self.send(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=code,
                modifiers=modifiers,
                **text,
            )

    def axe(self) -> list[str]:
        """What axe-core finds wrong, a line each."""
        source = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text()
        self.send("Runtime.evaluate", expression=source)
        found = self.evaluate(AXE)
        return [str(line) for line in found]

    def console(self) -> list[str]:
        """Errors and warnings: of scripts, of the policy, of the network."""
        self._browser.drain()
        return [text for session, text in self._browser.complaints if session == self._session]


class Browser:
    def __init__(self, profile: Path, *options: str) -> None:
        assert CHROMIUM, INSTALL
        command_read, self._commands = os.pipe()
        self._answers, answer_write = os.pipe()
        arguments = [CHROMIUM, "--headless=new", "--remote-debugging-pipe", f"--user-data-dir={profile}"]
        arguments += ["--no-first-run", "--disable-gpu", "--hide-scrollbars", "--disable-background-networking"]
        arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
        script = f'exec "$@" 3<&{command_read} 4>&{answer_write}'
        self._process = subprocess.Popen(
            ["bash", "-c", script, "bash", *arguments, *options, "about:blank"],
            pass_fds=(command_read, answer_write),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        os.close(command_read)
        os.close(answer_write)
        self._number = 0
        self._buffer = b""
        self._results: dict[int, dict[str, Any]] = {}
        self.complaints: list[tuple[str, str]] = []

    def page(self) -> Page:
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        return Page(self, target, self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"])

    def send(self, method: str, session: str | None = None, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        self._write(message)
        deadline = time.monotonic() + ANSWER_SECONDS
        while self._number not in self._results:
            assert time.monotonic() < deadline, f"{method}: no answer in {ANSWER_SECONDS:.0f} s"
            self._read(deadline - time.monotonic())
        answer = self._results.pop(self._number)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return dict(answer["result"])

    def drain(self) -> None:
        self._read(0.05)

    def _write(self, message: dict[str, Any]) -> None:
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self._commands, data) :]

    def _read(self, seconds: float) -> None:
        ready, _, _ = select.select([self._answers], [], [], max(0, seconds))
        if not ready:
            return
        chunk = os.read(self._answers, 1 << 20)
        assert chunk, "Chromium has ended"
        *messages, self._buffer = (self._buffer + chunk).split(b"\0")
        for text in messages:
            self._take(json.loads(text))

    def _take(self, message: dict[str, Any]) -> None:
        if "id" in message:
            self._results[message["id"]] = message
            return
        session, parameters = message.get("sessionId", ""), message.get("params", {})
        match message.get("method"):
            case "Runtime.exceptionThrown":
                self.complaints.append((session, json.dumps(parameters["exceptionDetails"])[:500]))
            case "Runtime.consoleAPICalled" if parameters["type"] in ("error", "warning", "assert"):
                self.complaints.append((session, json.dumps(parameters["args"])[:500]))
            case "Log.entryAdded" if parameters["entry"]["level"] in ("error", "warning"):
                entry = parameters["entry"]
                self.complaints.append((session, f"{entry['text']} {entry.get('url', '')}"))

    def close(self) -> None:
        os.close(self._commands)
        os.close(self._answers)
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, 9)
            self._process.wait()


@contextmanager
def browser(profile: Path, *options: str) -> Iterator[Browser]:
    started = Browser(profile, *options)
    try:
        yield started
    finally:
        started.close()


def until(look: Callable[[], Found | None], what: str, seconds: float = 20) -> Found:
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for {what}"
        time.sleep(0.05)
    return found
