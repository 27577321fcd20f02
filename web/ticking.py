"""A worker's ticks, over and over, each in a thread of its own; what one has moved may be work for the others."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence

from apscheduler.schedulers.background import BackgroundScheduler

from dispatch.clocks import Clock

_LOOK_EVERY_S = 0.2
#: the others are woken so long after something has moved, so that much that moves does not wake them for each piece
_WAKE_AFTER_S = 0.05
_BEAT_EVERY_S = 10
_ONCE_AT_A_TIME = {"max_instances": 1, "coalesce": True, "misfire_grace_time": None}

Tick = Callable[[], int]


class Ticking:
    """Runs ticks until it is over: every `poll_s` seconds, and as soon as one of them has moved something."""

    def __init__(self, poll_s: float, machine: Clock, is_over: Callable[[], bool]) -> None:
        self._poll_s, self._machine, self._is_over = poll_s, machine, is_over
        self._moved = threading.Event()

    def run(self, ticks: Sequence[Tick], *, beat: Callable[[], None], first: Callable[[], None]) -> None:
        """Tick until `is_over`, and end what was begun; `first` is done once, beside the ticks."""
        scheduler = BackgroundScheduler(timezone="UTC", executors={"default": _threads(len(ticks) + 1)})
        logging.getLogger("apscheduler").setLevel(logging.ERROR)  # a tick that is still busy is nothing to warn of
        poll = {"trigger": "interval", "seconds": self._poll_s, "next_run_time": self._machine.now()}
        jobs = [scheduler.add_job(self._until_nothing_moves(tick), **poll, **_ONCE_AT_A_TIME) for tick in ticks]
        scheduler.add_job(beat, "interval", seconds=_BEAT_EVERY_S, **_ONCE_AT_A_TIME)
        beginning = threading.Thread(target=first, name="first")
        beginning.start()
        scheduler.start()
        while not self._is_over():
            if not self._moved.wait(_LOOK_EVERY_S):
                continue
            time.sleep(_WAKE_AFTER_S)
            self._moved.clear()
            for job in jobs:
                job.modify(next_run_time=self._machine.now())
        scheduler.shutdown()
        beginning.join()

    def _until_nothing_moves(self, tick: Tick) -> Callable[[], None]:
        def ticking() -> None:
            while not self._is_over() and tick():
                self._moved.set()

        return ticking


def _threads(count: int) -> dict[str, object]:
    return {"type": "threadpool", "max_workers": count}
