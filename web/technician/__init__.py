"""The technicians' phone pages: the day, each visit with what can be reported about it, and the service card."""

from __future__ import annotations

from flask import Flask, request

from web.technician.offline_worker import offline_worker
from web.technician.technician_pages import technician_pages
from web.technician.technician_photos import LARGEST_UPLOAD, PHOTOS_PATH, technician_photos
from web.technician.technician_reports import technician_reports


def register_technician_pages(app: Flask) -> None:
    """Register every page for technicians' phones."""
    app.before_request(_let_photos_in)
    app.register_blueprint(technician_pages)
    app.register_blueprint(technician_reports)
    app.register_blueprint(technician_photos)
    app.register_blueprint(offline_worker)


def _let_photos_in() -> None:
    """A photo may be larger than anything else; said before anybody reads the request."""
    if request.path == PHOTOS_PATH:
        request.max_content_length = LARGEST_UPLOAD
