"""A program that serves on loopback for as long as a test needs it, and never longer."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

_STOP_S = 5.0
_PORTS_TRIED = 5

#: becomes the command after asking the kernel (prctl PR_SET_PDEATHSIG) to die with its parent
_DIE_WITH_PARENT = (
    "import ctypes, os, sys; ctypes.CDLL(None).prctl(1, 9); "
    "sys.exit(1) if os.getppid() != int(sys.argv[1]) else os.execv(sys.argv[2], sys.argv[2:])"
)


@contextlib.contextmanager
def served(command: Callable[[int], Sequence[str]], *, start_s: float = 20.0) -> Iterator[str]:
    """The URL at which the program answers while the block lasts; `command` is given the port."""
    name = ""
    for _ in range(_PORTS_TRIED):
        port = free_port()
        program = list(command(port))
        name = Path(program[0]).name
        wrapper = [sys.executable, "-c", _DIE_WITH_PARENT, str(os.getpid())]
        server = subprocess.Popen([*wrapper, *program], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            if _answers(server, port, start_s):
                yield f"http://127.0.0.1:{port}"
                return
        finally:
            _stop(server)
    pytest.fail(f"{name} did not start")


def free_port() -> int:
    """A loopback port that nothing listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(server: subprocess.Popen[bytes], port: int, start_s: float) -> bool:
    """Whether the server accepts connections before it ends or the time is up."""
    give_up_at = time.monotonic() + start_s
    while server.poll() is None and time.monotonic() < give_up_at:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return server.poll() is None
        time.sleep(0.02)
    return False


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
