"""So many wrong codes and no more, however many processes are asked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.errors import Refusal
from dispatch.models import GuessCount

#: wrong guesses are forgotten after this (machine clock)
MEMORY = timedelta(hours=1)


class TooManyGuesses(Refusal):
    """Too many wrong codes; it can be tried again later."""

    again = True


def check_guesses(session: Session, limits: Mapping[str, int], *, machine_now: datetime) -> None:
    """Raise TooManyGuesses if one of the subjects has reached its limit of wrong guesses."""
    rows = session.scalars(select(GuessCount).where(GuessCount.subject.in_(limits)))
    for row in rows:
        if row.since_at + MEMORY > machine_now and row.wrong >= limits[row.subject]:
            left = row.since_at + MEMORY - machine_now
            raise TooManyGuesses("code", minutes=-(-int(left.total_seconds()) // 60))


def count_wrong_guess(session: Session, subjects: Mapping[str, int], *, machine_now: datetime) -> None:
    """Count one wrong guess for each subject; what is old is forgotten."""
    session.execute(delete(GuessCount).where(GuessCount.since_at <= machine_now - MEMORY))
    for subject in sorted(subjects):
        row = session.get(GuessCount, subject, with_for_update=True)
        if row is None:
            session.add(GuessCount(subject=subject, wrong=1, since_at=machine_now))
        else:
            row.wrong += 1
    session.flush()


def forget_guesses(session: Session, subject: str) -> None:
    """The right code was given: earlier slips no longer count."""
    session.execute(delete(GuessCount).where(GuessCount.subject == subject))
