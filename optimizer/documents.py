"""JSON documents from frozen dataclasses and back, every fault with its path.

Field names are those of the classes; a field left out takes its default; an unknown one is
refused, so that a misspelt constraint is never silently dropped.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from optimizer.faults import Fault

Faults = list[Fault]
PLAIN: Mapping[type, tuple[type | tuple[type, ...], str]] = {
    int: (int, "a whole number"),
    float: ((int, float), "a number"),
    str: (str, "a string"),
    bool: (bool, "true or false"),
}


def decode(hint: Any, value: Any, path: str, faults: Faults) -> Any:
    """A JSON value as the type a field asks for; appends a fault and returns None where it is not."""
    if is_dataclass(hint):
        return decode_object(hint, value, path, faults)
    if hint is datetime:
        return _instant(value, path, faults)
    origin = get_origin(hint)
    readers = {Union: _optional, types.UnionType: _optional, tuple: _array, Mapping: _mapping, Literal: _choice}
    return readers.get(origin, _plain)(hint, value, path, faults)


def decode_object(cls: Any, value: Any, path: str, faults: Faults) -> Any:
    """A JSON object as a dataclass; None if anything in it is at fault."""
    before = len(faults)
    decoded = decode_fields(cls, value, path, faults)
    return cls(**decoded) if len(faults) == before else None


def decode_fields(cls: Any, value: Any, path: str, faults: Faults) -> dict[str, Any]:
    """The fields of a JSON object in the types a dataclass asks for."""
    hints = _hints(cls)
    given = _given(cls, value, path, faults)
    return {name: decode(hints[name], one, _join(path, name), faults) for name, one in given.items()}


@cache
def _hints(cls: Any) -> Mapping[str, Any]:
    """The types of a class's fields: worked out once, since a document has thousands of objects of it."""
    return get_type_hints(cls)


def _given(cls: Any, value: Any, path: str, faults: Faults) -> dict[str, Any]:
    """The fields of an object that the class knows."""
    if not isinstance(value, dict):
        faults.append(Fault(path or "$", "wrong_type", "an object is needed"))
        return {}
    known = {field.name: field for field in fields(cls)}
    strange = sorted(value.keys() - known)
    faults.extend(Fault(_join(path, name), "unknown_field", f"known: {', '.join(known)}") for name in strange)
    missing = [name for name, field in known.items() if name not in value and _is_required(field)]
    faults.extend(Fault(_join(path, name), "missing_field", "it has no default") for name in missing)
    return {name: value[name] for name in known if name in value}


def _is_required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _optional(hint: Any, value: Any, path: str, faults: Faults) -> Any:
    kinds = [kind for kind in get_args(hint) if kind is not type(None)]
    if value is None and len(kinds) < len(get_args(hint)):
        return None
    return decode(kinds[0], value, path, faults)


def _array(hint: Any, value: Any, path: str, faults: Faults) -> Any:
    if not isinstance(value, list):
        faults.append(Fault(path, "wrong_type", "an array is needed"))
        return None
    item = get_args(hint)[0]
    return tuple(decode(item, one, f"{path}[{index}]", faults) for index, one in enumerate(value))


def _mapping(hint: Any, value: Any, path: str, faults: Faults) -> Any:
    if not isinstance(value, dict):
        faults.append(Fault(path, "wrong_type", "an object is needed"))
        return None
    item = get_args(hint)[1]
    return {name: decode(item, one, _join(path, name), faults) for name, one in value.items()}


def _choice(hint: Any, value: Any, path: str, faults: Faults) -> Any:
    choices = get_args(hint)
    if value not in choices:
        faults.append(Fault(path, "unknown", f"one of {', '.join(map(str, choices))}"))
    return value


def _instant(value: Any, path: str, faults: Faults) -> datetime | None:
    try:
        return datetime.fromisoformat(value)
    except (TypeError, ValueError):
        faults.append(Fault(path, "wrong_type", "an ISO 8601 instant with an offset is needed"))
        return None


def _plain(hint: Any, value: Any, path: str, faults: Faults) -> Any:
    kind, words = PLAIN[hint]
    if not isinstance(value, kind) or (isinstance(value, bool) and hint is not bool):
        faults.append(Fault(path, "wrong_type", f"{words} is needed"))
        return None
    return value


def encode(value: Any, special: Callable[[Any], Any] | None = None) -> Any:
    """A dataclass as JSON values, defaults left out; `special` may answer for a value first."""
    answer = special(value) if special is not None else None
    if answer is not None:
        return answer
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {name: encode(one, special) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [encode(one, special) for one in value]
    if not is_dataclass(value):
        return value
    return {
        field.name: encode(getattr(value, field.name), special)
        for field in fields(value)
        if getattr(value, field.name) != _default(field)
    }


def _default(field: Field[Any]) -> Any:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default
