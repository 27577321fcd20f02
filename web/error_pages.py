"""What somebody is told when a request cannot be done: a page for a person, JSON for a script.

Views that show a form again catch their refusals themselves; what they let through ends here.
"""

from __future__ import annotations

from flask import Flask, Response, current_app, jsonify, make_response, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from dispatch.errors import InvalidInput, NotFound, Refusal, ServiceUnavailable
from dispatch.services.limit_guesses import TooManyGuesses
from notifications.wording import say
from web.auth import wants_document
from web.form_tokens import NotFromOurPage
from web.reader_language import reader_language, say_to_reader, vary_by_language

#: the first that fits; any other refusal is a conflict with how things stand
_STATUSES: tuple[tuple[type[Refusal], int], ...] = (
    (NotFromOurPage, 400),
    (NotFound, 404),
    (TooManyGuesses, 429),
    (InvalidInput, 400),
    (ServiceUnavailable, 503),
)


def register_error_pages(app: Flask) -> None:
    """Answer refusals and HTTP errors in the reader's language."""
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(DBAPIError, answer_database_error)


def answer_refusal(refusal: Refusal) -> ResponseReturnValue:
    """The refusal in words, with the status that fits its kind."""
    status = next((status for kind, status in _STATUSES if isinstance(refusal, kind)), 409)
    return _answer(status, refusal.code, say(refusal, language=reader_language()))


def answer_http_error(error: HTTPException) -> ResponseReturnValue:
    """A page that is not there, a method that is not meant, a body that is too long, a slip of ours."""
    if error.response is not None or error.code is None or error.code < 400:
        return error  # an answer that a view gave by raising it
    match error.code:
        case 404:
            return _answer(404, "page_not_found", say_to_reader("page_not_found"))
        case 403:
            return _answer(403, "forbidden", say_to_reader("forbidden"))
        case 413:
            return _answer(413, "body_too_long", say_to_reader("body_too_long"))
        case code if code >= 500:
            return _answer(code, "our_slip", say_to_reader("our_slip"))
        case code:
            answer = _answer(code, "request_not_meant", say_to_reader("request_not_meant"))
            answer.headers.extend({name: value for name, value in error.get_headers() if name == "Allow"})
            return answer


def answer_database_error(_error: DBAPIError) -> ResponseReturnValue:
    """The database does not answer, or not in time."""
    current_app.logger.exception("the database did not answer")
    return _answer(503, "database_silent", say_to_reader("database_silent"))


def _answer(status: int, code: str, message: str) -> Response:
    if wants_document():
        page = render_template("sign_in/refused.html", message=message, status=status)
        return vary_by_language(make_response(page, status))
    answer = jsonify(error=code, message=message)
    answer.status_code = status
    return answer
