"""The web application: every face of the product is registered here."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from dispatch.clocks import Clock, MachineClock
from dispatch.db import Database
from dispatch.settings import Settings
from dispatch.travel import build_travel_model
from dispatch.travel_memory import RememberedTravel
from web.auth import register_access_control
from web.console import register_console
from web.customer import register_customer_pages
from web.error_pages import register_error_pages
from web.hooks import register_hooks
from web.page_assets import register_page_assets
from web.reader_language import register_reader_language
from web.security_headers import register_security_headers
from web.sign_in_pages import register_sign_in
from web.status_page import status_pages
from web.technician import register_technician_pages

#: bytes of a request's body
LONGEST_BODY = 1_000_000


def create_app(database: Database, settings: Settings | None = None, *, machine_clock: Clock | None = None) -> Flask:
    """An application on `database`; the machine clock is given by tests.

    Raises GatewayMisconfigured if the settings name a gateway that nothing could be received from.
    """
    settings = settings or Settings(database_url=database.url.render_as_string(hide_password=False))
    app = Flask(__name__)
    app.extensions["database"] = database
    app.extensions["settings"] = settings
    app.extensions["machine_clock"] = machine_clock or MachineClock()
    app.extensions["travel"] = RememberedTravel(build_travel_model(settings))
    app.config["MAX_CONTENT_LENGTH"] = LONGEST_BODY
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    register_page_assets(app)
    register_reader_language(app)
    app.register_blueprint(status_pages)
    register_sign_in(app)
    register_console(app)
    register_technician_pages(app)
    register_customer_pages(app)
    register_hooks(app, settings)
    register_access_control(app)
    register_error_pages(app)
    register_security_headers(app, settings)
    app.teardown_request(_close_uploads)
    return app


def _close_uploads(_error: BaseException | None) -> None:
    """A large upload is kept in a file while its request lasts, and no longer."""
    request.close()
