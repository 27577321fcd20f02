"""Draws what the program keeps in tables into docs/: `python docs/draw.py` (or `make docs`).

`docs/lifecycles.md` holds every life cycle as a diagram and a table, `docs/ledger.md` what
each fact does to the promise ledger, `docs/messages.md` every text that customers get, in every
language, with its length. A test fails when a page no longer tells the truth.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from dispatch.rules.events import Fact
from dispatch.rules.ledger import EFFECTS, Effect, Enters, EntersNamed, Opens
from dispatch.rules.lifecycle import Lifecycle, Move
from dispatch.rules.lifecycles import LIFECYCLES
from notifications.kinds import KINDS, Kind
from notifications.sms_length import measure
from notifications.template_examples import Size, example
from notifications.templates import TEMPLATES, Template
from notifications.wording import languages

FOLDER = Path(__file__).parent


def lifecycles_page() -> str:
    """Every life cycle as a Mermaid diagram with its table."""
    parts = [
        "# Life cycles",
        "Drawn from `dispatch/rules/lifecycles.py` by `make docs`; do not edit. `move_to` is the only way to "
        "change a status. Steps in italics are corrections, left out of the diagrams: only a later fact about "
        "the past causes them.",
    ]
    for cycle in LIFECYCLES:
        parts += [f"## {_title(cycle.name)}", _about(cycle), _diagram(cycle), _table(cycle)]
    return "\n\n".join(parts) + "\n"


def ledger_page() -> str:
    """What each fact does to the ledger, as a table."""
    rows = [
        "# The ledger's table",
        "Drawn from `dispatch/rules/ledger.py` by `make docs`; do not edit. When a fact is recorded, these "
        "promises open (unless one stands already) and these get an entry, in the same transaction.",
        "| fact | means | opens | enters |\n|---|---|---|---|\n"
        + "\n".join(_ledger_row(fact, effects) for fact, effects in EFFECTS.items()),
    ]
    return "\n\n".join(rows) + "\n"


def messages_page() -> str:
    """Every kind of message and every template, as customers get them, with lengths."""
    parts = [
        "# Messages",
        "Drawn from `notifications/kinds.py`, `notifications/templates.py` and the catalogues by `make docs`; do not "
        "edit. Length: characters of the example with its signature, an escaped one as two, and the parts it is sent "
        "in; then the same for the longest values (order numbers of 12 digits, long names, full dates).",
        "## Kinds",
        "| kind | to | when | worth saying for | asks | notes |\n|---|---|---|---|---|---|\n"
        + "\n".join(map(_kind_row, KINDS.values())),
        "## Templates",
    ]
    for template in TEMPLATES.values():
        parts += [f"### {template.code}", _template_about(template), "\n".join(_texts(template))]
    return "\n\n".join(parts) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "lifecycles.md": lifecycles_page,
    "ledger.md": ledger_page,
    "messages.md": messages_page,
}
#: made-up operators, as readers of each language would see them at the head of a message
_SIGNATURES = {"en": "JS Broadband", "zh_Hans_CN": "江苏宽带", "zh_Hant_TW": "江蘇寬頻"}
_LONG_SIGNATURES = {"en": "Jiangsu Fibre NJ", "zh_Hans_CN": "江苏宽带南京公司", "zh_Hant_TW": "江蘇寬頻南京公司"}


def _kind_row(kind: Kind) -> str:
    notes = {
        f"visit message, on its day one of the first {kind.room}": kind.is_visit_message,
        "else next morning": kind.can_wait,
        "urgent": kind.is_urgent,
        "a person tells it if an SMS cannot": kind.must_reach,
    }
    said = ", ".join(note for note, holds in notes.items() if holds)
    hours = f"{kind.valid_for // timedelta(hours=1)} h"
    return f"| `{kind.code}` | {kind.to} | {kind.reach} | {hours} | {kind.question or ''} | {said} |"


def _template_about(template: Template) -> str:
    variables = ", ".join(f"`{name}` {var}" for name, var in template.variables.items())
    replies = ", ".join(sorted(template.digits))
    parts = "one part" if template.parts == 1 else f"at most {template.parts} parts"
    return (
        f"Kind `{template.kind}`, {parts}, replies {replies}. {f'Variables: {variables}.' if variables else ''}".strip()
    )


def _texts(template: Template) -> Iterator[str]:
    for language in languages():
        usual = example(template.code, language, signature=_SIGNATURES.get(language, "JS Broadband")).text
        signature = _LONG_SIGNATURES.get(language, "Jiangsu Fibre NJ")
        longest = example(template.code, language, size=Size.LONGEST, signature=signature).text
        lengths = "; ".join(f"{length.units} in {length.parts}" for length in map(measure, (usual, longest)))
        yield f"- `{language}` ({lengths}) {usual}"


def _title(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _about(cycle: Lifecycle[StrEnum]) -> str:
    return (type(cycle.initial).__doc__ or "").strip()


def _diagram(cycle: Lifecycle[StrEnum]) -> str:
    ordinary = [f"    {start} --> {end}" for (start, end), move in cycle.moves.items() if not move.correction]
    ends = [f"    {status} --> [*]" for status in cycle.statuses if status in cycle.finals]
    return "\n".join(["```mermaid", "stateDiagram-v2", f"    [*] --> {cycle.initial}", *ordinary, *ends, "```"])


def _table(cycle: Lifecycle[StrEnum]) -> str:
    head = "| from | to | because | must state | within |\n|---|---|---|---|---|\n"
    return head + "\n".join(_row(start, end, move) for (start, end), move in cycle.moves.items())


def _row(start: StrEnum, end: StrEnum, move: Move) -> str:
    within = f"{move.within // timedelta(minutes=1)} min" if move.within else ""
    why = f"*{move.why}*" if move.correction else move.why
    return f"| {start} | {end} | {why} | {', '.join(move.requires)} | {within} |"


def _ledger_row(fact: type[Fact], effects: tuple[Effect, ...]) -> str:
    meaning = (fact.__doc__ or "").strip().partition("\n")[0]
    opens = [", ".join(effect.kinds) for effect in effects if isinstance(effect, Opens)]
    enters = [_entered(effect) for effect in effects if not isinstance(effect, Opens)]
    return f"| `{fact.kind}` | {meaning} | {'; '.join(opens)} | {'; '.join(enters)} |"


def _entered(effect: Enters | EntersNamed) -> str:
    return "the promise named" if isinstance(effect, EntersNamed) else ", ".join(effect.kinds)


def main() -> None:
    """Write every page; say which have changed."""
    for name, page in PAGES.items():
        path, text = FOLDER / name, page()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
            sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
