"""Nobody is ever shown a bare code: every code that the program can say is in every catalogue.

The codes are found in the program itself: refusals by their classes, what they are raised
with and the arguments of `say` by reading the source.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import pkgutil
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest

from dispatch.errors import Refusal
from dispatch.rules.lifecycles import LIFECYCLES
from dispatch.rules.vocabulary import OrderKind, PauseCause, ProofKind
from notifications.templates import REGISTERED
from notifications.values import REASONS, Var
from notifications.wording import catalogue, languages

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("dispatch", "notifications", "web")
#: run by Alembic only, or programs of their own
_NOT_IMPORTED = re.compile(r"dispatch\.migrations\.|.*\.__main__$")


@cache
def _modules() -> tuple[ModuleType, ...]:
    names = [
        found.name
        for package in PACKAGES
        for found in pkgutil.walk_packages([str(ROOT / package)], f"{package}.")
        if not _NOT_IMPORTED.match(found.name)
    ]
    return tuple(importlib.import_module(name) for name in names)


@cache
def _tree(module: ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text("utf-8"))


@cache
def _refusals() -> dict[str, type[Refusal]]:
    """Every refusal of the program by its class name."""
    _modules()
    found, waiting = {}, [Refusal]
    while waiting:
        refusal = waiting.pop()
        waiting += refusal.__subclasses__()
        if refusal.__module__.split(".")[0] in PACKAGES:
            found[refusal.__name__] = refusal
    return found


def _literals(nodes: ast.AST) -> set[str]:
    return {node.value for node in ast.walk(nodes) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _places(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


# What refusals are made with


@dataclass(frozen=True)
class Making:
    """One place in the source where a refusal is made, and with what."""

    where: str
    refusal: type[Refusal]
    field: ast.expr | None
    values: frozenset[str]
    reasons: frozenset[str]
    may_have_another_reason: bool

    @property
    def names(self) -> set[str]:
        """The sentences that may be chosen for it, as `say` chooses; a missing one is named too."""
        code = self.refusal.code
        chosen = {f"{code}.{reason}" for reason in self.reasons}
        if self.reasons and not self.may_have_another_reason:
            return chosen
        by_field = {f"{code}.{field}" for field in _literals(self.field)} if self.field else set()
        return chosen | (by_field & set(catalogue("en")) or {code})


@cache
def _makings() -> tuple[Making, ...]:
    return tuple(
        _making(module, refusal, call) for module in _modules() for refusal, call in _constructions(_tree(module))
    )


def _constructions(tree: ast.Module) -> Iterator[tuple[type[Refusal], ast.Call]]:
    """Calls of refusals; where one has its own `__init__`, the call of `super().__init__` in it."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in _refusals():
                if "__init__" not in vars(_refusals()[name]):
                    yield _refusals()[name], node
            case ast.ClassDef(name=name) if name in _refusals():
                for inner in ast.walk(node):
                    if isinstance(inner, ast.Call) and ast.unparse(inner.func) == "super().__init__":
                        yield _refusals()[name], inner


def _making(module: ModuleType, refusal: type[Refusal], call: ast.Call) -> Making:
    reason = next((keyword.value for keyword in call.keywords if keyword.arg == "reason"), None)
    values = {keyword.arg for keyword in call.keywords if keyword.arg}
    return Making(
        where=f"{module.__name__}:{call.lineno}",
        refusal=refusal,
        field=call.args[0] if call.args else None,
        values=frozenset(values | {"field"} if call.args else values),
        reasons=frozenset(_possible(module, reason)) if reason else frozenset(),
        may_have_another_reason=isinstance(reason, ast.Attribute),
    )


def _possible(module: ModuleType, reason: ast.expr) -> set[str]:
    """What a reason may be: the literals in it, and the values of the tables that it looks into."""
    named = [getattr(module, node.id, None) for node in ast.walk(reason) if isinstance(node, ast.Name)]
    tables = (table.values() for table in named if isinstance(table, Mapping))
    return _literals(reason) | {str(value) for value in itertools.chain(*tables)}


# What `say` is called with


@dataclass(frozen=True)
class Saying:
    """One place in the source where a message code is said, and with which values."""

    where: str
    code: str
    values: frozenset[str]


_SAYERS = ("say", "say_to_reader")


@cache
def _sayings() -> tuple[Saying, ...]:
    return tuple(itertools.chain(*map(_sayings_of, _modules()), _sayings_in_templates()))


def _sayings_of(module: ModuleType) -> Iterator[Saying]:
    parents = {child: node for node in ast.walk(_tree(module)) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(_tree(module)):
        if not (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SAYERS and node.args
        ):
            continue
        where = f"{module.__name__}:{node.lineno}"
        values = frozenset(keyword.arg for keyword in node.keywords if keyword.arg)
        for code in _codes(where, node.args[0], parents):
            yield Saying(where, code, values)


def _codes(where: str, what: ast.expr, parents: Mapping[ast.AST, ast.AST]) -> set[str]:
    match what:
        case ast.Constant(value=str(code)):
            return {code}
        case ast.Name(id=name) if name in _given(what, parents):
            return set()
        case ast.JoinedStr(values=[ast.Constant(value="doctor_"), ast.FormattedValue()]):
            return {f"doctor_{what}" for what in _examined()}
        case ast.JoinedStr(values=[ast.Constant(value=str(start)), ast.FormattedValue(value=ast.Name())]):
            return {f"{start}{end}" for end in _run_through(what, parents)}
    pytest.fail(f"{where}: these tests cannot tell which codes are said here")


def _given(what: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> set[str]:
    """The names that a caller or a caught refusal fills: what they hold is found where it comes from."""
    names, node = set(), parents.get(what)
    while node is not None:
        if isinstance(node, ast.FunctionDef):
            names |= {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
        elif isinstance(node, ast.ExceptHandler) and node.name:
            names.add(node.name)
        node = parents.get(node)
    return names


def _run_through(what: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> set[str]:
    """The literals that the comprehension around `what` runs through, written there or in a variable."""
    node, variable = parents.get(what), ""
    while node is not None:
        if isinstance(node, ast.GeneratorExp | ast.ListComp):
            runs_through = node.generators[0].iter
            if not isinstance(runs_through, ast.Name):
                return _literals(runs_through)
            variable = runs_through.id
        elif isinstance(node, ast.FunctionDef):
            assigned = [inner for inner in ast.walk(node) if isinstance(inner, ast.Assign)]
            return {
                literal
                for inner in assigned
                if variable == ast.unparse(inner.targets[0])
                for literal in _literals(inner)
            }
        node = parents.get(node)
    return set()


def _examined() -> set[str]:
    """What `dispatch doctor` examines: the first argument of each `Check`."""
    doctor = importlib.import_module("web.doctor")
    calls = [node for node in ast.walk(_tree(doctor)) if isinstance(node, ast.Call)]
    return set().union(*(_literals(call.args[0]) for call in calls if ast.unparse(call.func) == "Check"))


def _sayings_in_templates() -> Iterator[Saying]:
    for template in sorted((ROOT / "web" / "templates").rglob("*.html")):
        for code, rest in re.findall(r"\bsay\(\s*[\"']([\w.]+)[\"']([^)]*)\)", template.read_text("utf-8")):
            values = frozenset(re.findall(r"(\w+)\s*=", rest))
            begun = {name for name in catalogue("en") if name.startswith(code)}
            for said in (begun or {code}) if rest.lstrip().startswith("~") else {code}:
                yield Saying(template.name, said, values)


# Words for codes among the values


def _vocabulary() -> set[str]:
    """Words for the statuses, things and proofs that refusals name."""
    kinds: list[type[StrEnum]] = [PauseCause, ProofKind, *(type(lifecycle.initial) for lifecycle in LIFECYCLES)]
    words = {
        f"{re.sub(r'(?<!^)(?=[A-Z])', '_', kind.__name__).lower()}.{member.value}" for kind in kinds for member in kind
    }
    words |= {f"thing.{lifecycle.name}" for lifecycle in LIFECYCLES}
    return words | {
        f"missing.{name}" for lifecycle in LIFECYCLES for move in lifecycle.moves.values() for name in move.requires
    }


def _may_be_worded(name: str) -> bool:
    """Whether `name` is `value.code` of a value that sentences are given and a literal of the source."""
    value, _, code = name.partition(".")
    given = set().union(*(made.values for made in _makings()), *(said.values for said in _sayings()))
    return value in given and any(code in _literals(_tree(module)) for module in _modules())


def _texts() -> set[str]:
    """The sentences of messages to customers, and the words for what they hold."""
    names = {f"sms.{code}" for code in REGISTERED} | {f"sms_kind.{kind}" for kind in OrderKind} | {"sms_signed"}
    names |= {f"sms_reason.{family}.{code}" for family, codes in REASONS.items() for code in codes}
    names |= {
        f"sms_name.{name}"
        for template in REGISTERED.values()
        for name, var in template.variables.items()
        if var is Var.NAME
    }
    words = {"today", "tomorrow", "yesterday", "day", "short_day", "day_and_year", "at", "midnight", "until_midnight"}
    return names | {f"sms_when.{word}" for word in words | {"window", "over_days"}}


def _wanted() -> set[str]:
    made = set().union(*(making.names for making in _makings()))
    codes = {refusal.code for refusal in _refusals().values()} | {saying.code for saying in _sayings()}
    return made | codes | _vocabulary() | _texts() | {"between_items"}


# The tests


def test_the_program_is_really_read() -> None:
    assert {"UnknownTimeZone", "NotFounded", "MoveRefused"} <= set(_refusals())
    assert {"worker_idle", "column_for_whom", "doctor_database", "doctor_roads"} <= {said.code for said in _sayings()}
    assert {"invalid_preset.not_a_duration", "invalid_phone.local_only", "move_refused.at"} <= _wanted()


@pytest.mark.parametrize("language", languages())
def test_everything_that_can_be_said_has_a_sentence(language: str) -> None:
    assert sorted(_wanted() - set(catalogue(language))) == []


@pytest.mark.parametrize("language", languages())
def test_no_sentence_is_left_over(language: str) -> None:
    left = set(catalogue(language)) - _wanted()
    assert sorted(name for name in left if not _may_be_worded(name)) == []


@pytest.mark.parametrize("language", languages())
def test_a_sentence_has_the_same_places_in_every_language(language: str) -> None:
    english = {name: _places(sentence) for name, sentence in catalogue("en").items()}
    assert {name: _places(sentence) for name, sentence in catalogue(language).items()} == english


def test_every_refusal_brings_what_its_sentence_names() -> None:
    lacking = [
        (making.where, name, sorted(lacks))
        for making in _makings()
        for name in sorted(making.names)
        if (lacks := _places(catalogue("en").get(name, "")) - making.values)
    ]
    assert lacking == []


def test_every_message_is_given_what_its_sentence_names() -> None:
    lacking = [
        (saying.where, saying.code, sorted(lacks))
        for saying in _sayings()
        if (lacks := _places(catalogue("en").get(saying.code, "")) - saying.values)
    ]
    assert lacking == []


def test_no_two_refusals_share_a_code() -> None:
    codes = [refusal.code for refusal in _refusals().values()]
    assert len(codes) == len(set(codes))
