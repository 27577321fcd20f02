"""What became of a promise: one pure function from terms and facts to a judgement.

A promise keeps every fact about it as an entry. Whenever a fact arrives, however late,
the entries are put in the order in which they *happened* and judged anew, so the order
of arrival cannot matter (tests/property/test_judgement.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from dispatch.rules.calendars import Calendar
from dispatch.rules.lifecycles import PromiseStatus
from dispatch.rules.vocabulary import Breach, BreakCause, PauseCause


class EntryKind(StrEnum):
    """What a fact means to a promise.

    The order is the one in which facts of the same instant are read: consent and
    changes first, so that an arrival at the very minute of a change counts for it.
    """

    EARLY_ALLOWED = "early_allowed"
    WINDOW_CHOSEN = "window_chosen"
    TIME_AGREED = "time_agreed"
    WINDOW_TOLD = "window_told"
    RESUMED = "resumed"
    PAUSED = "paused"
    MET = "met"
    CALLED_OFF = "called_off"
    VOIDED = "voided"
    ATTRIBUTED = "attributed"
    RETRACTED = "retracted"


_RANK = {kind: rank for rank, kind in enumerate(EntryKind)}


Window = tuple[datetime, datetime]


@dataclass(frozen=True)
class Entry:
    """One fact about a promise.

    `key` names the thing the fact is about, so that another entry can refer to it: a
    pause is known by its proof, and resumed or retracted under the same key (R51).
    `cause` is a PauseCause or BreakCause; for a retraction, the kind of entry that it
    takes back. `window` is what was told, chosen or agreed (an agreed time twice).
    """

    kind: EntryKind
    at: datetime
    key: str = ""
    cause: str | None = None
    window: Window | None = None

    @property
    def order(self) -> tuple[datetime, int, str, str, str]:
        """Sorting key: time of happening, then kind, then content; never time of arrival."""
        return (self.at, _RANK[self.kind], self.key, self.cause or "", str(self.window))


@dataclass(frozen=True)
class Terms:
    """What was promised: fixed when the promise was opened.

    `due_at` is the due time before pauses. A promise to arrive also has a window:
    `from_at` to `due_at`, not earlier than `early_by` before `from_at` without consent
    (R11). `tolerance` is the half-width that an agreed time gives the window. With a
    `notice`, an operator may call the visit off so long before the window; without, never.
    """

    start_at: datetime
    due_at: datetime
    clock: Calendar
    pauses: frozenset[PauseCause] = frozenset()
    grace: timedelta = timedelta(minutes=60)
    from_at: datetime | None = None
    early_by: timedelta = timedelta()
    tolerance: timedelta = timedelta()
    notice: timedelta | None = None


@dataclass(frozen=True)
class Witness:
    """What is known of the device whose report would meet the promise.

    `heard_at` is the end of the time it has reported on in full; None when the promise
    has a device that was never heard. `absent` means that no device is concerned, so
    nothing can be on its way.
    """

    heard_at: datetime | None = None
    absent: bool = False

    def silent_since(self, due_at: datetime) -> bool:
        """Whether a report of something done in time may still be on its way."""
        return not self.absent and (self.heard_at is None or self.heard_at < due_at)


@dataclass(frozen=True)
class Judgement:
    """What is true of a promise at one instant.

    `due_at` includes the pauses so far; `look_at` is when time alone will change the
    judgement (None: only a fact can); `ended_at` is when lateness stopped growing.
    """

    status: PromiseStatus
    due_at: datetime
    from_at: datetime | None = None
    met_at: datetime | None = None
    ended_at: datetime | None = None
    paused_since: datetime | None = None
    paused: timedelta = timedelta()
    cause: BreakCause | None = None
    breach: Breach | None = None
    look_at: datetime | None = None


class _Fold:
    """The clock of one promise while its entries are read in the order in which they happened."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.due_at = terms.due_at
        self.from_at = terms.from_at
        self.earliest_at = None if terms.from_at is None else terms.from_at - terms.early_by
        self.open_pauses: set[str] = set()
        self.paused_since: datetime | None = None
        self.paused = timedelta()
        self.met_at: datetime | None = None
        self.voided_at: datetime | None = None

    @property
    def is_settled(self) -> bool:
        return self.met_at is not None or self.voided_at is not None

    def is_over(self, at: datetime) -> bool:
        return self.paused_since is None and at > self.due_at

    def read(self, entry: Entry) -> None:
        match entry.kind:
            case EntryKind.MET:
                self.met_at = entry.at
            case EntryKind.VOIDED:
                self.voided_at = entry.at
            case _ if self.is_over(entry.at):
                return  # what is over cannot be paused or moved any more
            case EntryKind.CALLED_OFF:
                self._call_off(entry)
            case EntryKind.PAUSED:
                self._pause(entry)
            case EntryKind.RESUMED:
                self._resume(entry)
            case EntryKind.EARLY_ALLOWED:
                self.earliest_at = None
            case _ if entry.window is not None:
                self._read_window(entry.kind, *entry.window)

    def _call_off(self, entry: Entry) -> None:
        notice = self.terms.notice
        if notice is not None and entry.at + notice <= (self.from_at or self.due_at):
            self.voided_at = entry.at

    def _pause(self, entry: Entry) -> None:
        if entry.cause in self.terms.pauses:
            self.open_pauses.add(entry.key)
            self.paused_since = self.paused_since or entry.at

    def _resume(self, entry: Entry) -> None:
        self.open_pauses.discard(entry.key)
        if self.paused_since is not None and not self.open_pauses:
            left = self.terms.clock.between(self.paused_since, self.due_at)
            self.paused += entry.at - self.paused_since
            self.due_at = self.terms.clock.add(entry.at, left)
            self.paused_since = None

    def _read_window(self, kind: EntryKind, from_at: datetime, until_at: datetime) -> None:
        """The customer's choice moves the promise; what we tell may only tighten it."""
        if self.from_at is None:
            return  # a promise without a window, such as to repair within 24 h
        if kind is EntryKind.WINDOW_TOLD and (from_at < self.from_at or until_at > self.due_at):
            return
        self.earliest_at = from_at - self.terms.early_by
        if kind is EntryKind.TIME_AGREED:
            from_at, until_at = from_at - self.terms.tolerance, until_at + self.terms.tolerance
        self.from_at, self.due_at = from_at, until_at
        self.open_pauses.clear()
        self.paused_since = None


def judge(terms: Terms, entries: Iterable[Entry], *, now: datetime, witness: Witness) -> Judgement:
    """The judgement on a promise at `now`, from all that is known of it.

    Kept if met while the clock ran or stood; broken if met too late, too early without
    the customer's yes, or not at all once nothing can be on its way any more; void if
    withdrawn in time. A pure function of the *set* of entries.
    """
    known = _standing(entries)
    fold = _Fold(terms)
    for entry in known:
        if not fold.is_settled:
            fold.read(entry)
    state = Judgement(
        PromiseStatus.RUNNING,
        fold.due_at,
        from_at=fold.from_at,
        met_at=fold.met_at,
        ended_at=fold.met_at or fold.voided_at,
        paused_since=fold.paused_since,
        paused=fold.paused,
    )
    breach = _breach(fold, now, terms, witness)
    if breach is not None:
        return replace(state, status=PromiseStatus.BROKEN, cause=_cause(known), breach=breach)
    if fold.voided_at is not None:
        return replace(state, status=PromiseStatus.VOID)
    if fold.met_at is not None:
        return replace(state, status=PromiseStatus.KEPT)
    if fold.paused_since is not None:
        return replace(state, status=PromiseStatus.PAUSED)
    if now <= fold.due_at:
        return replace(state, look_at=fold.due_at + timedelta(microseconds=1))
    return replace(state, status=PromiseStatus.DUE_PASSED, look_at=fold.due_at + terms.grace)


def _standing(entries: Iterable[Entry]) -> list[Entry]:
    """Entries in the order in which they happened, without those taken back later."""
    known = sorted(set(entries), key=lambda entry: entry.order)
    taken_back = {(e.cause, e.key): e.at for e in known if e.kind is EntryKind.RETRACTED}
    return [e for e in known if not (stood_until := taken_back.get((e.kind.value, e.key))) or e.at > stood_until]


def _cause(known: list[Entry]) -> BreakCause:
    """The latest attribution; ours, unless somebody has shown otherwise."""
    causes = [entry.cause for entry in known if entry.kind is EntryKind.ATTRIBUTED and entry.cause]
    return BreakCause(causes[-1]) if causes else BreakCause.OURS


def _breach(fold: _Fold, now: datetime, terms: Terms, witness: Witness) -> Breach | None:
    """In what way the promise is broken at `now`, if it is."""
    if fold.met_at is not None:
        if fold.is_over(fold.met_at):
            return Breach.LATE
        too_early = fold.earliest_at is not None and fold.met_at < fold.earliest_at
        return Breach.EARLY_WITHOUT_CONSENT if too_early else None
    if fold.voided_at is not None:
        return Breach.NEVER_MET if fold.is_over(fold.voided_at) else None
    if not fold.is_over(now):
        return None
    waits = witness.silent_since(fold.due_at) and now < fold.due_at + terms.grace
    return None if waits else Breach.NEVER_MET
