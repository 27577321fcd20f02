"""The web application: every face of the product is registered here."""

from __future__ import annotations

from flask import Flask

from dispatch.clocks import Clock, MachineClock
from dispatch.db import Database
from web.page_assets import register_page_assets
from web.reader_language import register_reader_language
from web.security_headers import set_security_headers
from web.status_page import status_pages


def create_app(database: Database, *, machine_clock: Clock | None = None) -> Flask:
    """An application on `database`; the machine clock is given by tests."""
    app = Flask(__name__)
    app.extensions["database"] = database
    app.extensions["machine_clock"] = machine_clock or MachineClock()
    register_page_assets(app)
    register_reader_language(app)
    app.register_blueprint(status_pages)
    app.after_request(set_security_headers)
    return app
