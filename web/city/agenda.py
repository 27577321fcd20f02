"""Who means to do what next, and when."""

from __future__ import annotations

import heapq
from datetime import datetime

#: whose intention it is, and what about
Key = tuple[str, int | str]


class Agenda:
    """One intention for each key: the latest counts."""

    def __init__(self) -> None:
        self._at: dict[Key, datetime] = {}
        self._heap: list[tuple[datetime, str, str, Key]] = []

    def put(self, key: Key, at: datetime | None) -> None:
        """This is meant to be done at `at`, or (None) never."""
        if at is None:
            self._at.pop(key, None)
        elif self._at.get(key) != at:
            self._at[key] = at
            heapq.heappush(self._heap, (at, key[0], _sortable(key[1]), key))

    def keep(self, key: Key, at: datetime) -> None:
        """As `put`, unless something earlier is meant already."""
        known = self._at.get(key)
        if known is None or at < known:
            self.put(key, at)

    def next_at(self) -> datetime | None:
        """When the next of them is to be done."""
        while self._heap and self._at.get(self._heap[0][3]) != self._heap[0][0]:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def take_due(self, now: datetime) -> Key | None:
        """The first that is due, which is nobody's intention any more."""
        at = self.next_at()
        if at is None or at > now:
            return None
        key = heapq.heappop(self._heap)[3]
        del self._at[key]
        return key


def _sortable(about: int | str) -> str:
    return f"{about:012d}" if isinstance(about, int) else about
