"""How fast may one sender speak? A token bucket in this process, which a provider's "slow down" empties."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

from notifications.gateway import SendPassed

#: how long a thread waits for its turn; longer, and the message goes back
PATIENCE_S = 2.0


class SendingPace:
    """At most `per_s` messages a second (None: as fast as the provider allows), a second's worth at once.

    Several threads may ask; each process keeps its own pace. What the provider itself says
    (`hold`) goes before.
    """

    def __init__(
        self,
        per_s: float | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._per_s = per_s
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._burst = max(1.0, per_s or 0.0)
        self._tokens = self._burst
        self._filled_at = clock()
        self._held_until = self._filled_at

    def wait_for_turn(self) -> None:
        """Return when the next message may go; raises SendPassed if that is too long to wait."""
        wait_s = self.take(PATIENCE_S)
        if wait_s > PATIENCE_S:
            raise SendPassed(reason="busy", detail="pace", after_s=math.ceil(wait_s))
        if wait_s:
            self._sleep(wait_s)

    def take(self, patience_s: float) -> float:
        """Reserve the next place: how many seconds to wait before sending.

        More than `patience_s` means that none was reserved: come back after that.
        """
        with self._lock:
            now = self._clock()
            held_s = max(0.0, self._held_until - now)
            if self._per_s is None:
                return held_s
            self._tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._per_s)
            self._filled_at = now
            wait_s = max(held_s, (1.0 - self._tokens) / self._per_s)
            if wait_s <= patience_s:
                self._tokens -= 1.0
            return wait_s

    def hold(self, for_s: float) -> None:
        """Send nothing for so long: the provider has asked for it."""
        with self._lock:
            self._held_until = max(self._held_until, self._clock() + for_s)
