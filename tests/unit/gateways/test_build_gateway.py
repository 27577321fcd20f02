"""The settings decide which gateway it is, and the first that is missing is named."""

from __future__ import annotations

from typing import Any

import pytest

from dispatch.db import Database
from dispatch.settings import Settings
from notifications.build_gateway import build_gateway, template_secret, twilio_auth_token
from notifications.gateway import GatewayMisconfigured
from notifications.sandbox_gateway import SandboxGateway
from notifications.template_gateway import TemplateGateway
from notifications.twilio_gateway import TwilioGateway
from notifications.wording import say
from tests.loopback_server import Answer, scripted_server
from tests.outgoing_message import OUTGOING

TWILIO: dict[str, Any] = {
    "gateway": "twilio",
    "twilio_account_sid": "AC" + "0" * 32,
    "twilio_auth_token": "a token",
    "twilio_from": "+4237000000",
}
TEMPLATE: dict[str, Any] = {
    "gateway": "template",
    "template_url": "https://gateway.example/sms",
    "template_account": "punctual",
    "template_secret": "a secret",
}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ACCOUNT_SID", "AUTH_TOKEN", "API_KEY", "API_SECRET", "FROM", "MESSAGING_SERVICE_SID"):
        monkeypatch.delenv(f"TWILIO_{name}", raising=False)


def _settings(**given: Any) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[call-arg] # pydantic-settings' own


def _build(**settings: Any) -> Any:
    return build_gateway(_settings(**settings), Database("sqlite://"))


def test_nothing_is_sent_unless_a_setting_says_so() -> None:
    assert isinstance(_build(), SandboxGateway)


def test_a_gateway_is_built_from_its_settings() -> None:
    assert isinstance(_build(**TWILIO, gateway_at_once=3), TwilioGateway)
    assert _build(**TWILIO, gateway_at_once=3).at_once == 3
    assert isinstance(_build(**TEMPLATE), TemplateGateway)
    assert _build(**TEMPLATE).can_be_asked is False
    assert _build(**TEMPLATE, template_query=True).can_be_asked is True


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({"gateway": "pigeons"}, "DISPATCH_GATEWAY"),
        ({**TWILIO, "twilio_account_sid": None}, "TWILIO_ACCOUNT_SID"),
        ({**TWILIO, "twilio_account_sid": " "}, "TWILIO_ACCOUNT_SID"),
        ({**TWILIO, "twilio_auth_token": None}, "TWILIO_AUTH_TOKEN"),
        ({**TWILIO, "twilio_api_key": "SK1"}, "TWILIO_API_SECRET"),
        ({**TWILIO, "twilio_from": None}, "TWILIO_FROM"),
        ({**TWILIO, "twilio_base_url": "api.twilio.com"}, "TWILIO_BASE_URL"),
        ({**TWILIO, "public_url": "visits.example"}, "DISPATCH_PUBLIC_URL"),
        ({**TEMPLATE, "template_url": None}, "DISPATCH_TEMPLATE_URL"),
        ({**TEMPLATE, "template_url": "ftp://gateway.example"}, "DISPATCH_TEMPLATE_URL"),
        ({**TEMPLATE, "template_account": None}, "DISPATCH_TEMPLATE_ACCOUNT"),
        ({**TEMPLATE, "template_secret": None}, "DISPATCH_TEMPLATE_SECRET"),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh_Hans_CN", "zh_Hant_TW"])
def test_what_is_missing_is_named(settings: dict[str, Any], missing: str, language: str) -> None:
    with pytest.raises(GatewayMisconfigured) as wrong:
        _build(**settings)
    assert wrong.value.field == missing
    assert missing in say(wrong.value, language=language)


def test_the_settings_reach_twilio() -> None:
    with scripted_server(Answer(201, {"sid": "SM1"})) as server:
        key = {"twilio_auth_token": None, "twilio_api_key": "SK1", "twilio_api_secret": "a secret"}
        service = {"twilio_from": None, "twilio_messaging_service_sid": "MG" + "0" * 32}
        _build(**{**TWILIO, **key, **service}, twilio_base_url=server.url).send(OUTGOING)
        _build(**TWILIO, twilio_base_url=server.url, public_url="https://visits.example/").send(OUTGOING)
    assert "MessagingServiceSid=MG" in server.posted[0]
    assert "StatusCallback" not in server.posted[0]
    assert "StatusCallback=https%3A%2F%2Fvisits.example%2Fhooks%2Ftwilio%2Fstatus%2F48213" in server.posted[1]


def test_web_hooks_find_their_secrets() -> None:
    settings = _settings(**{**TWILIO, **TEMPLATE})
    assert twilio_auth_token(settings) == "a token"
    assert template_secret(settings).account == "punctual"
    with pytest.raises(GatewayMisconfigured):
        twilio_auth_token(_settings())


def test_no_secret_is_shown() -> None:
    settings = _settings(**{**TWILIO, **TEMPLATE})
    assert "a token" not in repr(settings)
    assert "a secret" not in repr(settings)
