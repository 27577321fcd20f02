"""Signing in and out: staff by name and password, technicians by phone and one-time code."""

from __future__ import annotations

from flask import Flask


def register_sign_in(app: Flask) -> None:
    """Register the pages for signing in and out."""
