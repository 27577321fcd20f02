"""What holds of every judgement, whatever the facts and however they arrive."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dispatch.rules.calendars import Always, Calendar, LocalHours, read_calendar
from dispatch.rules.judgement import Entry, EntryKind, Judgement, Terms, Witness, judge
from dispatch.rules.lifecycles import PROMISE, PromiseStatus
from dispatch.rules.vocabulary import BreakCause, PauseCause

START = datetime(2026, 3, 27, 9, 0, tzinfo=UTC)  # the days after it hold a change of clocks
HOURS = LocalHours("Europe/Vaduz", "08:00", "20:00")

minutes = st.integers(min_value=0, max_value=5 * 24 * 60).map(lambda m: START + timedelta(minutes=m))
calendars = st.sampled_from([Always(), HOURS])
keys = st.sampled_from(["call_record:1", "reply:2", "warning:3"])


@st.composite
def terms_of(draw: st.DrawFn, *, with_window: bool | None = None) -> Terms:
    """Terms of a promise that is due within three days, with or without a window."""
    due_at = START + timedelta(minutes=draw(st.integers(1, 3 * 24 * 60)))
    has_window = draw(st.booleans()) if with_window is None else with_window
    return Terms(
        start_at=START,
        due_at=due_at,
        clock=draw(calendars),
        pauses=frozenset(PauseCause),
        from_at=due_at - timedelta(minutes=120) if has_window else None,
        early_by=timedelta(minutes=15),
        tolerance=timedelta(minutes=60),
    )


@st.composite
def entries_of(draw: st.DrawFn) -> Entry:
    """Any entry that the ledger can make."""
    kind = draw(st.sampled_from(EntryKind))
    at = draw(minutes)
    window = None
    cause: str | None = None
    if kind in (EntryKind.WINDOW_TOLD, EntryKind.WINDOW_CHOSEN):
        from_at = draw(minutes)
        window = (from_at, from_at + timedelta(minutes=draw(st.integers(15, 240))))
    elif kind is EntryKind.TIME_AGREED:
        window = (at + timedelta(hours=2),) * 2
    elif kind is EntryKind.PAUSED:
        cause = draw(st.sampled_from(PauseCause))
    elif kind is EntryKind.ATTRIBUTED:
        cause = draw(st.sampled_from(BreakCause))
    elif kind is EntryKind.RETRACTED:
        cause = draw(st.sampled_from([EntryKind.MET, EntryKind.PAUSED, EntryKind.VOIDED]))
    return Entry(kind, at, draw(keys), cause, window)


facts = st.lists(entries_of(), max_size=8)
witnesses = st.one_of(st.just(Witness(absent=True)), st.just(Witness()), minutes.map(lambda at: Witness(heard_at=at)))


@given(terms_of(), facts, st.randoms(), minutes, witnesses)
def test_the_order_in_which_facts_arrive_does_not_change_the_judgement(
    terms: Terms, known: list[Entry], random: object, now: datetime, witness: Witness
) -> None:
    shuffled = list(known)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert judge(terms, shuffled, now=now, witness=witness) == judge(terms, known, now=now, witness=witness)


@given(terms_of(), facts, minutes, witnesses)
def test_hearing_a_fact_twice_changes_nothing(
    terms: Terms, known: list[Entry], now: datetime, witness: Witness
) -> None:
    assert judge(terms, known + known, now=now, witness=witness) == judge(terms, known, now=now, witness=witness)


@given(terms_of(), facts, minutes, witnesses)
def test_every_judgement_says_all_that_belongs_to_it(
    terms: Terms, known: list[Entry], now: datetime, witness: Witness
) -> None:
    judged = judge(terms, known, now=now, witness=witness)
    assert (judged.status is PromiseStatus.BROKEN) == (judged.cause is not None) == (judged.breach is not None)
    assert judged.status is not PromiseStatus.KEPT or judged.met_at is not None
    assert (judged.status is PromiseStatus.PAUSED) <= (judged.paused_since is not None)
    waits = judged.status in (PromiseStatus.RUNNING, PromiseStatus.DUE_PASSED)
    assert waits == (judged.look_at is not None)


@given(terms_of(), facts, st.lists(minutes, min_size=2, max_size=6), witnesses)
def test_whatever_arrives_when_the_life_cycle_knows_the_step(
    terms: Terms, known: list[Entry], moments: list[datetime], witness: Witness
) -> None:
    """Facts become known one by one while time passes; every change of status is in the table."""
    status = PROMISE.initial
    for count, now in enumerate(sorted(moments)):
        judged = judge(terms, known[: count * 2], now=now, witness=witness)
        assert judged.status is status or (status, judged.status) in PROMISE.moves
        status = judged.status


@given(terms_of(), facts, minutes, witnesses)
def test_looking_again_at_the_time_that_was_named_settles_what_time_settles(
    terms: Terms, known: list[Entry], now: datetime, witness: Witness
) -> None:
    """Following `look_at` ends, and the last look finds a judgement that only a fact can change."""
    judged = judge(terms, known, now=now, witness=witness)
    for _ in range(3):
        if judged.look_at is None:
            return
        now = max(now, judged.look_at)
        judged = judge(terms, known, now=now, witness=witness)
    assert judged.look_at is None


pauses = st.tuples(st.integers(0, 70 * 60), st.integers(1, 30 * 60))


def _paused(spans: list[tuple[datetime, datetime]]) -> list[Entry]:
    return [
        entry
        for number, (a, b) in enumerate(spans)
        for entry in (
            Entry(EntryKind.PAUSED, a, f"call_record:{number}", PauseCause.CUSTOMER_UNREACHABLE),
            Entry(EntryKind.RESUMED, b, f"call_record:{number}"),
        )
    ]


@given(terms_of(with_window=False), st.lists(pauses, max_size=5))
def test_pausing_and_resuming_never_loses_or_gains_time(terms: Terms, wanted: list[tuple[int, int]]) -> None:
    """The open time that runs between start and due is the same with any pauses as with none."""
    spans = [(START + timedelta(minutes=start), START + timedelta(minutes=start + length)) for start, length in wanted]
    judged = judge(terms, _paused(spans), now=START, witness=Witness(absent=True))
    stood = _counted(terms.clock, _merged(spans), judged.due_at)
    assert terms.clock.between(terms.start_at, judged.due_at) - stood == terms.clock.between(
        terms.start_at, terms.due_at
    )


def _merged(spans: list[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for a, b in sorted(spans):
        if merged and a <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(b, merged[-1][1]))
        else:
            merged.append((a, b))
    return merged


def _counted(clock: Calendar, spans: list[tuple[datetime, datetime]], until: datetime) -> timedelta:
    """Open time inside the spans that begin before `until`."""
    return sum((clock.between(a, b) for a, b in spans if b <= until), timedelta())


@given(terms_of(with_window=False), minutes)
def test_a_pause_that_was_annulled_never_counted(terms: Terms, at: datetime) -> None:
    """R51: an upheld dispute restores the clock."""
    pause = _paused([(at, at + timedelta(hours=3))])
    annulled = Entry(EntryKind.RETRACTED, at + timedelta(hours=4), "call_record:0", EntryKind.PAUSED)
    judged = judge(terms, [*pause, annulled], now=START, witness=Witness(absent=True))
    assert judged.due_at == terms.due_at


@given(terms_of(), facts, minutes, minutes)
def test_a_met_promise_is_judged_the_same_for_ever(
    terms: Terms, known: list[Entry], met_at: datetime, later: datetime
) -> None:
    """Once it is met, neither time nor the silence of a phone changes anything."""

    def outcome(judged: Judgement) -> tuple[object, ...]:
        return judged.status, judged.cause, judged.breach, judged.met_at

    facts_with_met = [*(e for e in known if e.kind is not EntryKind.RETRACTED), Entry(EntryKind.MET, met_at)]
    first = judge(terms, facts_with_met, now=met_at, witness=Witness())
    then = judge(terms, facts_with_met, now=max(later, met_at), witness=Witness(absent=True))
    assert outcome(first) == outcome(then)


@given(calendars, minutes, st.integers(0, 4000), st.integers(0, 4000))
def test_calendars_add_up(calendar: Calendar, start: datetime, first: int, second: int) -> None:
    """Adding twice is adding once, and what was added lies between."""
    a, b = timedelta(minutes=first), timedelta(minutes=second)
    end = calendar.add(start, a + b)
    assert calendar.between(start, end) == a + b
    assert calendar.between(calendar.add(start, a), end) == b


@given(calendars)
def test_a_calendar_survives_being_written_down(calendar: Calendar) -> None:
    assert read_calendar(calendar.as_data()) == calendar
