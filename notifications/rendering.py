"""From a template and its values to the text of one SMS in the reader's language, as short as it must be (R35, R39)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from notifications.sms_length import measure, writable_in_gsm7
from notifications.templates import REGISTERED, Template
from notifications.time_words import TimeWords
from notifications.value_words import Brevity, Fault, UnsayableValue, ValueWords
from notifications.values import Value
from notifications.wording import ENGLISH, catalogue, closest_language

#: tried one after the other until the text fits: names get shorter, at last dates; codes and times never
_BREVITIES = (Brevity(24, 12), Brevity(16, 8), Brevity(12, 4), Brevity(12, 4, dates_are_short=True))


@dataclass(frozen=True)
class Rendered:
    """A text with its signature, its variables as strings, its length in parts, and the language it is in."""

    text: str = field(repr=False)
    variables: Mapping[str, str] = field(repr=False)
    parts: int
    language: str


def render(
    template: str, values: Mapping[str, Value], *, language: str, signature: str, zone: tzinfo, now: datetime
) -> Rendered:
    """The text of `template` with `values`, for a reader of `language` whose clocks show `zone`, told at `now`.

    A language without this sentence is told in English. Raises UnsayableValue for a value
    that is missing, unknown, of the wrong type, or holds a link, a mobile number, a line
    break or anything invisible.
    """
    known = _known(template, values)
    language, sentence = sentence_of(template, language)
    in_gsm7 = writable_in_gsm7(sentence)
    for brevity in _BREVITIES:
        words = ValueWords(TimeWords(language, zone, now, is_short=brevity.dates_are_short), in_gsm7, brevity)
        variables = {name: words.word(name, var, values[name]) for name, var in known.variables.items()}
        text = text_of(template, variables, language=language, signature=signature)
        parts = measure(text).parts
        if parts <= known.parts:
            break
    return Rendered(text, variables, parts, language)


def text_of(template: str, variables: Mapping[str, str], *, language: str, signature: str) -> str:
    """The text with variables that are strings already, as `render` gave them."""
    language, sentence = sentence_of(template, language)
    return sign(sentence.format_map(variables), signature, language)


def text_as_sent(template: str, variables: Mapping[str, str], *, language: str) -> str | None:
    """What was sent, without a signature; None if the sentence has changed since, or the variables were deleted."""
    if f"sms.{template}" not in catalogue(ENGLISH):
        return None
    _language, sentence = sentence_of(template, language)
    try:
        return sentence.format_map(variables)
    except KeyError:
        return None


def sentence_of(template: str, language: str) -> tuple[str, str]:
    """The catalogue that says `template` to a reader of `language`, and its sentence with `{named}` places."""
    closest = closest_language(language)
    code = f"sms.{template}"
    chosen = closest if code in catalogue(closest) else ENGLISH
    return chosen, catalogue(chosen)[code]


def sign(text: str, signature: str, language: str) -> str:
    """The text with the signature at its head, in the brackets that readers of the language expect."""
    return catalogue(language)["sms_signed"].format_map({"signature": signature, "text": text})


def _known(template: str, values: Mapping[str, Value]) -> Template:
    known = REGISTERED.get(template)
    if known is None:
        raise UnsayableValue("template", reason=Fault.UNKNOWN)
    for names, fault in (
        (known.variables.keys() - values.keys(), Fault.MISSING),
        (values.keys() - known.variables.keys(), Fault.UNKNOWN),
    ):
        if names:
            raise UnsayableValue(min(names), reason=fault)
    return known
