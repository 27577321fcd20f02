"""Where providers call us: receipts, and what customers write. Each is there only if its gateway is set up."""

from __future__ import annotations

from flask import Flask

from dispatch.settings import Settings
from web.hooks.template_hooks import template_hooks
from web.hooks.twilio_hooks import twilio_hooks


def register_hooks(app: Flask, settings: Settings) -> None:
    """Register the web hooks of every provider whose signatures can be checked."""
    if settings.twilio_auth_token:
        app.register_blueprint(twilio_hooks)
    if settings.template_account and settings.template_secret:
        app.register_blueprint(template_hooks)
