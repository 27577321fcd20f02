"""Which sentence says it? Codes in, sentences in the reader's language out.

A catalogue per language, the `.po` files in `translations/<language>/LC_MESSAGES/` (one
for each audience), holds a sentence with `{named}` places for every message code and every
`Refusal` (docs/translating.md). Nothing here raises over a sentence: one that is missing is said in
English, and one that English lacks as the bare code with its values; the tests see to it
that neither happens.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, tzinfo
from enum import Enum
from functools import cache, lru_cache
from importlib import resources
from string import Formatter
from typing import Any

from babel import Locale, UnknownLocaleError, parse_locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from dispatch.errors import Refusal

ENGLISH = "en"
#: the environment of a terminal, the strongest word first (POSIX)
_VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")
_NOTHING = "\N{EN DASH}"
_TRANSLATIONS = resources.files("notifications") / "translations"


def say(what: str | Refusal, /, *, language: str | None = None, **values: object) -> str:
    """The sentence for a message code or a refusal, in `language` (default: the terminal's).

    A refusal is said by the most particular sentence there is: that of its code and
    `reason` (`invalid_phone.too_short`), of its code and field, or of its code. Instants
    are shown with their offset, unless a value `zone` (a tzinfo) says whose clock to read.
    """
    language = reader_language(os.environ) if language is None else closest_language(language)
    if isinstance(what, Refusal):
        values = {"field": what.field, **what.values, **values}
        names = [f"{what.code}.{values.get('reason')}", f"{what.code}.{what.field}", what.code]
    else:
        names = [what]
    zone = values.get("zone")
    speaker = _Speaker(language, zone if isinstance(zone, tzinfo) else None)
    return speaker.sentence(names, values)


def reader_language(environ: Mapping[str, str]) -> str:
    """The catalogue for the reader of a terminal, from LC_ALL, LC_MESSAGES or LANG."""
    wanted = next((environ[name] for name in _VARIABLES if environ.get(name)), ENGLISH)
    return closest_language(re.split(r"[.@]", wanted)[0])


@lru_cache(maxsize=64)
def closest_language(wanted: str) -> str:
    """The catalogue that a reader of `wanted` (`zh_HK`, `zh-Hant`, `en-GB`) reads best.

    The same language is needed, the same script preferred (Hong Kong and Macau read
    traditional characters, Singapore simplified ones), then the same country; else English.
    """
    try:
        language, script, territory = _parse(wanted)
    except ValueError:
        return ENGLISH
    likeness = {
        name: (known_script == script, known_territory == territory)
        for name in languages()
        for known_language, known_script, known_territory in [_parse(name)]
        if known_language == language
    }
    return max(likeness, key=likeness.__getitem__, default=ENGLISH)


@cache
def languages() -> tuple[str, ...]:
    """The names of all catalogues, in order."""
    return tuple(sorted(folder.name for folder in _TRANSLATIONS.iterdir() if catalogue_files(folder.name)))


def _parse(name: str) -> tuple[str, str | None, str | None]:
    """Language, script (the usual one of the country, if none is named) and territory."""
    name = name.replace("-", "_")
    language, territory, script = parse_locale(name)[:3]
    if script is None:
        with suppress(UnknownLocaleError):
            script = Locale.parse(name).script
    return language, script, territory


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Every sentence of one language by its code, without those marked fuzzy or left empty."""
    return {
        str(message.id): str(message.string)
        for file in catalogue_files(language)
        for message in _messages(file, language)
        if message.id and message.string and not message.fuzzy
    }


def catalogue_files(language: str) -> tuple[Any, ...]:
    """The files of one language's catalogue, in order; none for an unknown language."""
    folder = _TRANSLATIONS / language / "LC_MESSAGES"
    files = [file for file in folder.iterdir() if file.name.endswith(".po")] if folder.is_dir() else []
    return tuple(sorted(files, key=lambda file: str(file.name)))


def _messages(file: Any, language: str) -> Catalog:
    with file.open("rb") as opened:
        return read_po(opened, locale=language)


class _Speaker:
    """One language, and the clock on which its reader sees instants."""

    def __init__(self, language: str, zone: tzinfo | None) -> None:
        self._catalogues = tuple(catalogue(name) for name in dict.fromkeys((language, ENGLISH)))
        self._zone = zone

    def sentence(self, names: Sequence[str], values: Mapping[str, object]) -> str:
        """The first sentence that one of `names` has; else the last name and the values, bare."""
        worded = {name: self._words(name, value) for name, value in values.items()}
        for sentence in self._find(names):
            try:
                return _PLACES.vformat(sentence, (), worded)
            except ValueError:  # a slip in a translation, such as a lone bracket
                continue
        return " ".join([names[-1], *(f"{name}={value}" for name, value in worded.items())])

    def _find(self, names: Sequence[str]) -> Iterator[str]:
        return (sentences[name] for sentences in self._catalogues for name in names if name in sentences)

    def _words(self, name: str, value: object) -> str:
        """How a value is read: codes in words where there are some, lists joined, nothing as a dash."""
        if isinstance(value, Enum):
            kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(value).__name__).lower()
            return next(self._find([f"{kind}.{value.value}"]), str(value.value))
        if isinstance(value, str):
            return next(self._find([f"{name}.{value}"]), value)
        if isinstance(value, list | tuple | set | frozenset):
            items = [self._words(name, item) for item in value]
            between = next(self._find(["between_items"]), ", ")
            return between.join(items if isinstance(value, list | tuple) else sorted(items)) or _NOTHING
        return self._number_or_time(value)

    def _number_or_time(self, value: object) -> str:
        match value:
            case None:
                return _NOTHING
            case float():
                return f"{value:.15g}"
            case datetime() if value.tzinfo is not None and self._zone is not None:
                return value.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")
            case datetime():
                return value.isoformat(sep=" ", timespec="seconds")
        return str(value)


class _Places(Formatter):
    """Fills `{name}` and nothing else: no attribute, no index, no conversion, no format."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> tuple[str, str]:
        """The value of this name, taken literally; a dash if there is none."""
        del args
        return kwargs.get(field_name, _NOTHING), field_name

    def convert_field(self, value: Any, conversion: str | None) -> Any:
        """The value as it is."""
        del conversion
        return value

    def format_field(self, value: Any, format_spec: str) -> str:
        """The value as it is."""
        del format_spec
        return str(value)


_PLACES = _Places()
