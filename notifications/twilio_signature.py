"""Did Twilio send this? (https://www.twilio.com/docs/usage/webhooks/webhooks-security)"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from twilio.request_validator import RequestValidator

HEADER = "X-Twilio-Signature"


def is_genuine(
    auth_token: str, url: str, params: Mapping[str, str | Sequence[str]] | str, signature: str | None
) -> bool:
    """Whether `signature` is Twilio's for this request.

    `url` is the whole address as Twilio called it, with its query: scheme and host as the
    outermost proxy saw them. `params` are the fields of the form (a plain mapping or a
    werkzeug `MultiDict`), or the body as text when it is JSON, whose hash must then be in
    the query as `bodySHA256`.
    """
    if not signature or not signature.isascii() or (isinstance(params, str) and "bodySHA256=" not in url):
        return False
    return bool(RequestValidator(auth_token).validate(url, params, signature))
