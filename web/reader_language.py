"""Which of our languages does the reader of a page read?

The one chosen by `?lang=` (remembered in a cookie), else what the browser asks for.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Flask, Response, g, request

from dispatch.errors import Refusal
from notifications.wording import ENGLISH, closest_language, languages, say

CHOICE = "lang"
COOKIE = "language"
_CHOICE_LASTS_S = 365 * 24 * 3600


@dataclass(frozen=True)
class LanguageChoice:
    """One entry of the menu of languages: its name in itself, and where the same page is in it."""

    name: str
    html_language: str
    address: str
    is_current: bool


def register_reader_language(app: Flask) -> None:
    """Let templates call `say(code)` and `html_language()` and `language_choices()` for whoever asks for the page."""
    app.jinja_env.globals["say"] = say_to_reader
    app.jinja_env.globals["html_language"] = html_language
    app.jinja_env.globals["language_choices"] = language_choices
    app.after_request(_remember_choice)


def reader_language() -> str:
    """The catalogue that the reader chose, else the page's own (`g.page_language`), else what the browser asks for."""
    chosen = request.args.get(CHOICE) or request.cookies.get(COOKIE) or g.get("page_language")
    if chosen in languages():
        return str(chosen)
    for wanted in request.accept_languages.values():
        language = closest_language(wanted)
        if language != ENGLISH or wanted.lower().startswith(ENGLISH):
            return language
    return ENGLISH


def say_to_reader(what: str | Refusal, /, **values: object) -> str:
    """The sentence for a message code or a refusal in the reader's language."""
    return say(what, language=reader_language(), **values)


def html_language() -> str:
    """The reader's language as HTML and browsers write it: `zh-Hans-CN`."""
    return reader_language().replace("_", "-")


def language_choices() -> list[LanguageChoice]:
    """The menu of languages for the page at hand."""
    others = [(name, value) for name, value in request.args.items(multi=True) if name != CHOICE]
    return [
        LanguageChoice(
            name=say("language_own_name", language=language),
            html_language=language.replace("_", "-"),
            address=f"?{urlencode([*others, (CHOICE, language)])}",
            is_current=language == reader_language(),
        )
        for language in languages()
    ]


def vary_by_language(response: Response) -> Response:
    """Say that the answer depends on the reader's language."""
    response.vary.update(("Accept-Language", "Cookie"))
    return response


def _remember_choice(response: Response) -> Response:
    chosen = request.args.get(CHOICE)
    if chosen in languages() and request.cookies.get(COOKIE) != chosen:
        response.set_cookie(
            COOKIE, str(chosen), max_age=_CHOICE_LASTS_S, secure=request.is_secure, httponly=True, samesite="Lax"
        )
    return response
