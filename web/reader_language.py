"""Which of our languages does the reader of a page read?"""

from __future__ import annotations

from flask import Flask, Response, request

from notifications import wording
from notifications.wording import ENGLISH, closest_language


def register_reader_language(app: Flask) -> None:
    """Let templates call `say(code)` and `html_language()` for whoever asks for the page."""
    app.jinja_env.globals["say"] = say_to_reader
    app.jinja_env.globals["html_language"] = html_language


def reader_language() -> str:
    """The catalogue that fits the first language of the browser's list that we have."""
    for wanted in request.accept_languages.values():
        language = closest_language(wanted)
        if language != ENGLISH or wanted.lower().startswith(ENGLISH):
            return language
    return ENGLISH


def say_to_reader(code: str) -> str:
    """The sentence for a message code in the reader's language."""
    return wording.say(code, language=reader_language())


def html_language() -> str:
    """The reader's language as HTML and browsers write it: `zh-Hans-CN`."""
    return reader_language().replace("_", "-")


def vary_by_language(response: Response) -> Response:
    """Say that the answer depends on the reader's language."""
    response.vary.add("Accept-Language")
    return response
