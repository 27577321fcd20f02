"""What is audited is read by people: every action that a face carries out has words in every language."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from notifications.wording import catalogue, languages

ROOT = Path(__file__).resolve().parents[2]
#: functions that audit, with the place of the action among their arguments and how it is made of that
_AUDITING = {
    "audit": (2, "{}"),
    "audit_staff": (1, "{}"),
    "audited": (0, "{}"),
    "do_at_desk": (0, "{}"),
    "_simply": (1, "{}"),
}
#: the same of functions of one file
_AUDITING_IN = {
    "people_pages.py": {"_change": (1, "{}")},
    "user_commands.py": {"_change": (1, "{}")},
    "case_pages.py": {"_act": (1, "{}_case")},
}


def audited_actions() -> dict[str, str]:
    """Every action that is named where something is audited, with a file that names it."""
    files = [path for folder in ("web", "notifications", "dispatch/services") for path in (ROOT / folder).rglob("*.py")]
    return {action: path.name for path in files if "node_modules" not in path.parts for action in _actions(path)}


def _actions(path: Path) -> Iterator[str]:
    auditing = _AUDITING | _AUDITING_IN.get(path.name, {})
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        place, form = auditing.get(name, (0, ""))
        if form and len(node.args) > place:
            yield from (form.format(action) for action in _constants(node.args[place]))


def _constants(node: ast.expr) -> Iterator[str]:
    """The texts that an expression can be: a text, or one of two; what is passed on is named by who passes it."""
    if isinstance(node, ast.IfExp):
        yield from _constants(node.body)
        yield from _constants(node.orelse)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value


@pytest.mark.parametrize("language", languages())
def test_every_action_has_words(language: str) -> None:
    texts = catalogue(language)
    found = audited_actions()
    assert {action: file for action, file in found.items() if f"audit_action_{action}" not in texts} == {}


def test_the_actions_are_found() -> None:
    """One of each way of naming it: or the test above would see nothing."""
    found = audited_actions()
    assert {"sign_in", "publish_plan", "pin_stop", "unpin_stop", "keep_order", "grant_role", "reopen_case"} <= set(
        found
    )


def test_no_words_are_left_over() -> None:
    known = {code.removeprefix("audit_action_") for code in catalogue("en") if code.startswith("audit_action_")}
    assert known - set(audited_actions()) == set()
