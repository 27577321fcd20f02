"""What a browser may do with our pages: load and call nothing that is not ours."""

from __future__ import annotations

from flask import Response, request

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

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # a customer's link is a secret: it must not travel to the places that a page links to
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def set_security_headers(response: Response) -> Response:
    """Add to every answer what it does not already say for itself."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.is_secure:
        response.headers.setdefault("Strict-Transport-Security", f"max-age={ONE_YEAR_S}")
    if request.path.startswith("/static/assets/") and response.status_code == 200:
        # the name of such a file changes with its content
        response.headers["Cache-Control"] = f"public, max-age={ONE_YEAR_S}, immutable"
    else:
        response.headers.setdefault("Cache-Control", "private, no-cache")
    return response
