"""What every command shares: a database, an operator, an instant, refusals in words, progress."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from datetime import MAXYEAR, MINYEAR, datetime, tzinfo
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from sqlalchemy.exc import OperationalError

from dispatch.db import Database
from dispatch.errors import Refusal
from dispatch.queries.operator_profile import OperatorProfile, operator_profile
from dispatch.settings import Settings
from notifications.wording import say

F = TypeVar("F", bound=Callable[..., Any])

#: a file or a program gets whole lines, a terminal what fits it
out = Console(highlight=False, width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True, highlight=False, width=None if sys.stderr.isatty() else 200)

now_option = click.option(
    "--now", metavar="TIME", help="Business time, ISO 8601; without an offset in the operator's time zone."
)


def refusing(command: F) -> F:
    """Turn a refusal into a sentence on stderr and exit code 1."""

    @functools.wraps(command)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except Refusal as refusal:
            complain(say(refusal))
        except OperationalError as error:
            complain(say("database_unreachable", reason=str(error.orig).strip().partition("\n")[0]))
        sys.exit(1)

    return wrapped  # type: ignore[return-value]


def complain(sentence: str) -> None:
    """Say on stderr that something is wrong."""
    err.print(sentence, style="red", markup=False)


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Write all of a file or nothing: who is interrupted keeps the old one. A private one is its owner's only."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    part.touch(mode=0o600 if private else 0o666)
    part.write_text(text, "utf-8", newline="")
    part.replace(path)


def check_folder(file: Path | None, option: str) -> None:
    """Wrong usage if there is no folder in which `file`, named by `option`, can be written."""
    if file is not None and not file.parent.is_dir():
        raise click.BadParameter(say("no_such_folder", folder=file.parent), param_hint=option)


def open_database(settings: Settings) -> Database:
    """The database of the settings, let go when the command ends."""
    database = Database(settings.database_url, lock_timeout_s=settings.lock_timeout_s)
    click.get_current_context().call_on_close(database.dispose)
    return database


def founded(database: Database) -> OperatorProfile:
    """The operator, in a database of this program's schema; raises SchemaNotAtHead or NotFounded."""
    database.require_head()
    with database.read_session() as session:
        return operator_profile(session)


def read_instant(text: str | None, zone: tzinfo) -> datetime | None:
    """The instant written in `text`; without an offset it is in `zone`."""
    if text is None:
        return None
    try:
        instant: datetime | None = datetime.fromisoformat(text)
    except ValueError:
        instant = None
    if instant is None or not MINYEAR < instant.year < MAXYEAR:  # at the ends of the calendar no zone is safe
        raise click.BadParameter(say("not_a_time", value=text), param_hint="--now")
    return instant if instant.tzinfo else instant.replace(tzinfo=zone)


def within_reach(_context: click.Context, _parameter: click.Parameter, day: datetime) -> datetime:
    """A day that has instants in every time zone, and so have the days after it."""
    if not MINYEAR < day.year < MAXYEAR:
        raise click.BadParameter(say("day_out_of_reach", day=day.date()))
    return day


class Working:
    """A spinner with a count, and a bar if the `total` is known, on a terminal; nothing where the output is a file."""

    def __init__(self, title: str, total: int | None = None) -> None:
        counted = TextColumn("{task.description} {task.completed:.0f}")
        self._progress = Progress(
            SpinnerColumn(),
            *((counted,) if total is None else (counted, BarColumn(), TaskProgressColumn())),
            TimeElapsedColumn(),
            console=err,
            transient=True,
            disable=not sys.stderr.isatty() or "NO_PROGRESS" in os.environ,
        )
        self._task = self._progress.add_task(title, total=total)

    def __enter__(self) -> Callable[[int], None]:
        self._progress.start()
        return lambda count: self._progress.update(self._task, completed=count)

    def __exit__(self, *_error: object) -> None:
        self._progress.stop()
