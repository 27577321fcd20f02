"""What a browser may do with our pages: load and call nothing that is not ours.

The one exception is a server of map tiles, if the operator has set one up: pictures from
it, for the console only.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from flask import Flask, Response, request

from dispatch.errors import InvalidInput
from dispatch.settings import Settings

POLICY = "; ".join(
    (
        "default-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
ONE_YEAR_S = 365 * 24 * 3600
CONSOLE, PHONE = "/console", "/t/"


class InvalidTileAddress(InvalidInput):
    """The address of the map's tiles is none that a browser could be given."""


_HOST = re.compile(r"(\*\.)?[A-Za-z0-9.-]+(:[0-9]+)?")
_NOTHING_ELSE = "camera=(), microphone=(), payment=(), usb=()"
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # a customer's link is a secret: it must not travel to the places that a page links to
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def register_security_headers(app: Flask, settings: Settings) -> None:
    """Set the headers of every answer; raises InvalidTileAddress."""
    tiles = _tile_origin(settings.map_tile_url)

    def set_all(response: Response) -> Response:
        if tiles is not None and request.path.startswith(CONSOLE):
            policy = f"{POLICY}; img-src 'self' data: {tiles}"
            response.headers.setdefault("Content-Security-Policy", policy)
        return set_security_headers(response)

    app.after_request(set_all)


def _tile_origin(url: str | None) -> str | None:
    """Scheme and host of the tile server, as a policy names them; a host that varies (`{s}.`) as `*.`."""
    if not url:
        return None
    parts = urlsplit(url.replace("{s}", "*"))
    if parts.scheme not in {"http", "https"} or not _HOST.fullmatch(parts.netloc):
        raise InvalidTileAddress("map_tile_url")
    return f"{parts.scheme}://{parts.netloc}"


def set_security_headers(response: Response) -> Response:
    """Add to every answer what it does not already say for itself."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    # a technician's phone may say where it is when the technician arrives; nothing else of the device is ours to ask
    place = "self" if request.path.startswith(PHONE) else ""
    response.headers.setdefault("Permissions-Policy", f"geolocation=({place}), {_NOTHING_ELSE}")
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR_S}")
    if request.path.startswith("/static/assets/") and response.status_code == 200:
        # the name of such a file changes with its content
        response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR_S}, immutable"
    else:
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
