from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.osrm_server import CHECKOUT, OsrmTools, serve_roads

_SERVE = """
import pathlib, time
from tests.osrm_server import find_osrm, serve_roads
with serve_roads(find_osrm(), pathlib.Path({base!r})):
    print("serving", flush=True)
    time.sleep(60)
"""

pytestmark = pytest.mark.shared


def test_the_server_ends_with_the_block(osrm_tools: OsrmTools, liechtenstein_base: Path) -> None:
    before = set(psutil.Process().children())
    with serve_roads(osrm_tools, liechtenstein_base):
        assert len(set(psutil.Process().children()) - before) == 1
    assert set(psutil.Process().children()) <= before


def test_the_server_dies_with_a_killed_test_run(liechtenstein_base: Path) -> None:
    script = _SERVE.format(base=str(liechtenstein_base))
    with subprocess.Popen([sys.executable, "-c", script], cwd=CHECKOUT, stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"serving\n"
        (server,) = psutil.Process(run.pid).children()
        assert server.name() == "osrm-routed"
        os.kill(run.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs([server], timeout=5.0)
    assert all(process.status() == psutil.STATUS_ZOMBIE for process in alive)
