"""The gateway that the settings name, or which setting is missing."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import SecretStr

from dispatch.clocks import Clock
from dispatch.db import Database
from dispatch.settings import Settings
from notifications.gateway import ExaminableGateway, GatewayMisconfigured
from notifications.provider_wire import ProviderWire
from notifications.sandbox_gateway import SandboxGateway
from notifications.sending_pace import SendingPace
from notifications.signed_requests import SharedSecret
from notifications.template_codes import approved_code
from notifications.template_gateway import TemplateGateway
from notifications.twilio_gateway import TwilioAccount, TwilioGateway
from notifications.twilio_http import TwilioHttp

#: where Twilio reports what became of a message; our id follows
TWILIO_STATUS_PATH = "/hooks/twilio/status"


def build_gateway(settings: Settings, database: Database, machine: Clock | None = None) -> ExaminableGateway:
    """The gateway of `DISPATCH_GATEWAY`; raises GatewayMisconfigured, which names the setting at fault.

    The sandbox reads the `machine` clock of those who ask it.
    """
    name = settings.gateway.strip().lower()
    if name == SandboxGateway.name:
        return SandboxGateway(database, machine)
    if name == TwilioGateway.name:
        return _twilio(settings)
    if name == TemplateGateway.name:
        return _template(settings, database)
    raise GatewayMisconfigured("DISPATCH_GATEWAY")


def template_secret(settings: Settings) -> SharedSecret:
    """What a template gateway and we sign with; raises GatewayMisconfigured."""
    account = _given(settings.template_account, "DISPATCH_TEMPLATE_ACCOUNT")
    return SharedSecret(account, _secret(settings.template_secret, "DISPATCH_TEMPLATE_SECRET").encode())


def twilio_auth_token(settings: Settings) -> str:
    """What Twilio signs its web hooks with, whatever we send with; raises GatewayMisconfigured."""
    return _secret(settings.twilio_auth_token, "TWILIO_AUTH_TOKEN")


def _twilio(settings: Settings) -> TwilioGateway:
    sid = _given(settings.twilio_account_sid, "TWILIO_ACCOUNT_SID")
    username, password = _twilio_credentials(settings, sid)
    if not settings.twilio_messaging_service_sid:
        _given(settings.twilio_from, "TWILIO_FROM")
    account = TwilioAccount(
        sid=sid,
        username=username,
        password=password,
        sender=settings.twilio_from,
        messaging_service_sid=settings.twilio_messaging_service_sid,
        region=settings.twilio_region,
        edge=settings.twilio_edge,
    )
    base_url = settings.twilio_base_url and _address(settings.twilio_base_url, "TWILIO_BASE_URL")
    return TwilioGateway(
        account,
        TwilioHttp(_wire(settings), base_url=base_url),
        at_once=settings.gateway_at_once,
        pace=SendingPace(settings.gateway_per_s),
        status_url=_status_url(settings),
    )


def _twilio_credentials(settings: Settings, sid: str) -> tuple[str, str]:
    """An API key if there is one, else the account's own token."""
    if not settings.twilio_api_key:
        return sid, twilio_auth_token(settings)
    return settings.twilio_api_key, _secret(settings.twilio_api_secret, "TWILIO_API_SECRET")


def _status_url(settings: Settings) -> str | None:
    """Where Twilio may report to; None where it cannot reach us, or we could not check who reports."""
    if not settings.public_url or not settings.twilio_auth_token:
        return None
    return _address(settings.public_url, "DISPATCH_PUBLIC_URL").rstrip("/") + TWILIO_STATUS_PATH


def _template(settings: Settings, database: Database) -> TemplateGateway:
    url = _address(_given(settings.template_url, "DISPATCH_TEMPLATE_URL"), "DISPATCH_TEMPLATE_URL")

    def code_of(template: str, language: str) -> str | None:
        with database.read_session() as session:
            return approved_code(session, template, language, TemplateGateway.name)

    return TemplateGateway(
        url,
        template_secret(settings),
        _wire(settings),
        code_of,
        at_once=settings.gateway_at_once,
        pace=SendingPace(settings.gateway_per_s),
        longest=settings.template_variable_length,
        can_be_asked=settings.template_query,
    )


def _wire(settings: Settings) -> ProviderWire:
    return ProviderWire(timeout_s=settings.gateway_timeout_s, at_once=settings.gateway_at_once)


def _given(value: str | None, variable: str) -> str:
    if not value or not value.strip():
        raise GatewayMisconfigured(variable)
    return value.strip()


def _secret(value: SecretStr | None, variable: str) -> str:
    return _given(value.get_secret_value() if value else None, variable)


def _address(url: str, variable: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise GatewayMisconfigured(variable, reason="not_an_address")
    return url
