"""The day sheets as one HTML page that prints a sheet of A4 for each technician."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from babel.dates import format_date, format_skeleton
from jinja2 import Environment, PackageLoader, StrictUndefined

from dispatch.queries.day_sheets import Sheet
from notifications.wording import say
from web.person_words import language_name, written_phone


def day_sheets_page(sheets: Sequence[Sheet], day_on: date, operator: str, language: str) -> str:
    """The page in `language`, complete in itself: no script, no other file."""
    environment = Environment(
        loader=PackageLoader("web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def say_on_paper(code: str, **values: object) -> str:
        return say(code, language=language, **values)

    def due(at: datetime) -> str:
        """The time, with the day unless it is that of the sheet."""
        clock = at.strftime("%H:%M")
        return clock if at.date() == day_on else f"{format_skeleton('MMMEd', at, locale=language)} {clock}"

    environment.globals.update(
        say=say_on_paper, due=due, language_name=lambda code: language_name(code, language), phone=written_phone
    )
    return environment.get_template("sheets/day_sheets.html").render(
        sheets=sheets,
        operator=operator,
        day_on=day_on,
        day_in_words=format_date(day_on, "full", locale=language),
        html_language=language.replace("_", "-"),
    )
