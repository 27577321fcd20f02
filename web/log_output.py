"""What the processes write to stderr: JSON for programs, coloured lines for people, no personal data."""

from __future__ import annotations

import sys
import traceback
from types import TracebackType

import structlog

from dispatch.errors import Refusal

ExcInfo = tuple[type[BaseException] | None, BaseException | None, TracebackType | None]


def log_to_stderr() -> None:
    """Send all logs to stderr, as JSON unless a person is watching."""
    watched = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.ExceptionRenderer(where_and_what),
            structlog.dev.ConsoleRenderer() if watched else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )


def where_and_what(exc_info: ExcInfo) -> str:
    """Where an error came from and its kind, through all its causes, without its text.

    The text of a database's error may hold what somebody typed (R84); a refusal's holds
    codes only and is shown.
    """
    parts = []
    error = exc_info[1]
    while error is not None:
        said = f": {error}" if isinstance(error, Refusal) else ""
        parts.append("".join(traceback.format_tb(error.__traceback__)) + type(error).__qualname__ + said)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n\ncaused by\n\n".join(parts)
