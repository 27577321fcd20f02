"""So many wrong codes and no more, however many processes are asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.models import GuessCount
from dispatch.upsert import insert_or_update

#: wrong guesses are forgotten after this (machine clock)
MEMORY = timedelta(hours=1)


class TooManyGuesses(Refusal):
    """Too many wrong codes; it can be tried again later."""

    again = True


def check_guesses(
    session: Session,
    limits: Mapping[str, int],
    *,
    machine_now: datetime,
    refusal: type[TooManyGuesses] = TooManyGuesses,
) -> None:
    """Raise TooManyGuesses (or the more particular `refusal`) if a subject has reached its limit of wrong guesses."""
    counted = select(GuessCount).where(GuessCount.subject.in_(limits)).execution_options(populate_existing=True)
    for row in session.scalars(counted):
        if row.since_at + MEMORY > machine_now and row.wrong >= limits[row.subject]:
            left = row.since_at + MEMORY - machine_now
            raise refusal("code", minutes=-(-int(left.total_seconds()) // 60))


def count_wrong_guess(session: Session, subjects: Mapping[str, int], *, machine_now: datetime) -> None:
    """Count one wrong guess for each subject; what is old is forgotten."""
    session.execute(delete(GuessCount).where(GuessCount.since_at <= machine_now - MEMORY))
    for subject in sorted(subjects):
        first = {"subject": subject, "wrong": 1, "since_at": machine_now}
        insert_or_update(session, GuessCount, first, unique=("subject",), add=("wrong",))


def forget_guesses(session: Session, subject: str) -> None:
    """The right code was given: earlier slips no longer count."""
    session.execute(delete(GuessCount).where(GuessCount.subject == subject))
