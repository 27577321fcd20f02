"""Importing promise rules as immutable versions (R04)."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.models import PromiseRule
from dispatch.rules.events import RulesImported
from dispatch.rules.preset import InvalidPreset, Preset, read_preset
from dispatch.rules.promise_rule import Rule
from dispatch.services.record import record

#: a rule that no earlier version precedes has always been in force
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class ImportedRules:
    """Which codes got a new version, and which said the same as before."""

    added: tuple[str, ...]
    unchanged: tuple[str, ...]


def load_preset(name_or_path: str) -> Preset:
    """A preset by its name (`jiangsu`) or as a file; raises InvalidPreset saying what is wrong."""
    path = Path(name_or_path)
    bundled = resources.files("dispatch.presets") / f"{name_or_path}.toml"
    if path.suffix == ".toml" and path.is_file():
        text = path.read_text("utf-8")
    elif bundled.is_file():
        text = bundled.read_text("utf-8")
    else:
        raise InvalidPreset("preset", reason="not_found", value=name_or_path)
    try:
        return read_preset(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise InvalidPreset("preset", reason="not_toml", detail=str(error)) from error


def import_rules(
    session: Session, preset: Preset, *, now: datetime, effective_from: datetime | None = None
) -> ImportedRules:
    """Add a version of each rule whose text has changed; orders received before keep the old one.

    A new version is in force from the rule's own `effective_from`, else from the given one,
    else from `now`; the first version of a code from the beginning of time. It must begin
    later than the version before it (InvalidPreset). Importing the same text adds nothing.
    """
    added, unchanged = [], []
    for rule in preset.rules:
        latest = _latest(session, rule.code)
        if latest is not None and latest.content_hash == rule.content_hash:
            unchanged.append(rule.code)
            continue
        session.add(_version(preset, rule, latest, now, effective_from))
        added.append(rule.code)
    session.flush()
    if added:
        fact = RulesImported(
            occurred_at=now, preset=preset.name, added=len(added), effective_from=effective_from or now
        )
        record(session, fact, now=now)
    return ImportedRules(tuple(added), tuple(unchanged))


def _latest(session: Session, code: str) -> PromiseRule | None:
    statement = select(PromiseRule).where(PromiseRule.code == code).order_by(PromiseRule.effective_from.desc())
    return session.scalars(statement.limit(1)).first()


def _version(
    preset: Preset, rule: Rule, latest: PromiseRule | None, now: datetime, effective_from: datetime | None
) -> PromiseRule:
    begins = rule.effective_from or effective_from or (BEGINNING if latest is None else now)
    if latest is not None and begins <= latest.effective_from:
        raise InvalidPreset(
            f"{rule.code}.effective_from", reason="not_later", value=begins, latest=latest.effective_from
        )
    return PromiseRule(
        preset=preset.name,
        code=rule.code,
        kind=rule.kind,
        currency=preset.currency,
        content_hash=rule.content_hash,
        terms=_json(rule.data),
        effective_from=begins,
        effective_until=rule.effective_until,
        imported_at=now,
    )


def _json(data: Mapping[str, Any]) -> dict[str, Any]:
    """TOML's own dates as text, everything else as it is."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in data.items()}
