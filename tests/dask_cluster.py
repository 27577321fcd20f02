"""A Dask cluster of real processes on this machine: a scheduler and workers that can be killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

_QUIET = {"DASK_DISTRIBUTED__LOGGING__DISTRIBUTED": "error"}


@dataclass
class DaskCluster:
    """What an operator starts; `folder` takes what Dask writes."""

    folder: Path
    port: int = 0
    workers: list[psutil.Popen] = field(default_factory=list)

    def start(self) -> None:
        """Start the scheduler, on the port of the one before if there was one."""
        said = self.folder / "scheduler.json"
        said.unlink(missing_ok=True)
        where = ("--port", str(self.port), "--dashboard-address", "127.0.0.1:0")
        self.scheduler = _dask("scheduler", "--host", "127.0.0.1", *where, "--scheduler-file", str(said))
        while not (said.exists() and said.stat().st_size):
            assert self.scheduler.poll() is None, "the scheduler did not start"
            time.sleep(0.05)
        self.address: str = json.loads(said.read_text())["address"]
        self.port = int(self.address.rpartition(":")[2])

    def join(self, workers: int) -> None:
        """Let so many more workers join, one process each."""
        where = ("--host", "127.0.0.1", "--nthreads", "1", "--no-nanny", "--dashboard-address", "127.0.0.1:0")
        patience = ("--death-timeout", "60", "--local-directory", str(self.folder))
        self.workers += [_dask("worker", self.address, *where, *patience) for _ in range(workers)]

    def busy_worker(self, cpu_s: float = 1.0) -> psutil.Popen | None:
        """The worker that has worked for so long since it was looked at first, if there is one."""
        for worker in self.workers:
            used_s = worker.cpu_times().user
            if used_s - self._used_s.setdefault(worker.pid, used_s) >= cpu_s:
                return worker
        return None

    def kill(self, *processes: psutil.Popen) -> None:
        """As when a machine loses its power."""
        for process in processes:
            process.kill()
            process.wait(10)
        self.workers = [worker for worker in self.workers if worker not in processes]

    _used_s: dict[int, float] = field(default_factory=dict)


@contextmanager
def dask_cluster(folder: Path, workers: int) -> Iterator[DaskCluster]:
    """A cluster that is gone afterwards, whatever happened; skips where Dask is not installed."""
    pytest.importorskip("distributed", reason="the extra `scale` is not installed")
    cluster = DaskCluster(folder)
    cluster.start()
    try:
        cluster.join(workers)
        yield cluster
    finally:
        cluster.kill(*cluster.workers, cluster.scheduler)


def _dask(*words: str) -> psutil.Popen:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DASK_", "PYTHONWARNINGS"))}
    return psutil.Popen([sys.executable, "-m", "dask", *words], env=kept | _QUIET, stderr=subprocess.DEVNULL)
