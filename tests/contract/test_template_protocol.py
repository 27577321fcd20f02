"""Our client of the template protocol against a provider that keeps to the letter of docs/gateways.md."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dispatch.clocks import Clock, FixedClock
from notifications.gateway import Accepted, CannotAsk, NoAnswer, SendPassed, SendRefused
from notifications.provider_wire import ProviderWire
from notifications.sending_pace import SendingPace
from notifications.signed_requests import SharedSecret
from notifications.template_gateway import TemplateGateway
from tests.outgoing_message import HANDSET, OUTGOING, SECRET_WORDS, outgoing
from tests.served_program import free_port
from tests.template_provider import TemplateProvider, serve_templates

CODES = {("order_received", "zh_Hans_CN"): "T1001", ("order_fulfilled", "zh_Hans_CN"): "T9"}


@pytest.fixture
def provider() -> Iterator[TemplateProvider]:
    with serve_templates(TemplateProvider()) as provider:
        yield provider


def _since() -> datetime:
    return datetime.now(UTC) - timedelta(seconds=2)


def _gateway(
    provider: TemplateProvider,
    *,
    url: str | None = None,
    key: bytes | None = None,
    account: str | None = None,
    timeout_s: float = 10.0,
    longest: int = 20,
    machine: Clock | None = None,
) -> TemplateGateway:
    return TemplateGateway(
        url or provider.url,
        SharedSecret(account or provider.account, key or provider.secret),
        ProviderWire(timeout_s=timeout_s, at_once=4),
        lambda template, language: CODES.get((template, language)),
        at_once=4,
        pace=SendingPace(None),
        longest=longest,
        can_be_asked=provider.offers_query,
        machine=machine,
    )


def _refused(gateway: TemplateGateway, **changes: Any) -> dict[str, object]:
    with pytest.raises(SendRefused) as refused:
        gateway.send(outgoing(**changes))
    return refused.value.values


def _passed(gateway: TemplateGateway, **changes: Any) -> dict[str, object]:
    with pytest.raises(SendPassed) as passed:
        gateway.send(outgoing(**changes))
    return passed.value.values


# Sending


def test_a_message_is_taken_as_template_and_variables(provider: TemplateProvider) -> None:
    assert _gateway(provider).send(outgoing(attempt=2)) == Accepted("M-1")
    (taken,) = provider.taken
    del taken["accepted_at"]
    assert taken == {
        "id": "48213",
        "attempt": 2,
        "to": HANDSET,
        "signature": "江苏联通",
        "template": "T1001",
        "variables": {"order": "2318", "due": "今天24:00"},
        "valid_for_s": 7200,
        "message_id": "M-1",
    }


def test_a_repeat_is_taken_like_any_message(provider: TemplateProvider) -> None:
    gateway = _gateway(provider)
    assert [gateway.send(OUTGOING), gateway.send(OUTGOING)] == [Accepted("M-1"), Accepted("M-2")]


def test_several_threads_send_at_once_and_no_nonce_is_used_twice(provider: TemplateProvider) -> None:
    gateway = _gateway(provider)
    threads = [threading.Thread(target=gateway.send, args=[outgoing(our_id=number)]) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {taken["id"] for taken in provider.taken} == {str(number) for number in range(12)}
    assert len(provider.nonces) == 12


def test_a_template_that_is_not_approved_never_leaves_the_house(provider: TemplateProvider) -> None:
    values = _refused(_gateway(provider), language="en")
    assert values == {"reason": "template", "detail": "TEMPLATE_NOT_APPROVED"}
    assert provider.nonces == set()


def test_an_overlong_variable_never_leaves_the_house_if_we_know_the_limit(provider: TemplateProvider) -> None:
    long = {"order": "2" * 21, "due": "x"}
    assert _refused(_gateway(provider), variables=long)["reason"] == "content"
    assert provider.nonces == set()
    assert _refused(_gateway(provider, longest=99), variables=long)["detail"] == "VARIABLE_TOO_LONG"


@pytest.mark.parametrize(
    ("changes", "reason", "detail"),
    [
        ({"template": "order_fulfilled"}, "template", "TEMPLATE_UNKNOWN"),
        ({"variables": {"order": "2318"}}, "template", "VARIABLE_MISSING"),
        ({"variables": {"order": "2318", "due": "x", "more": "x"}}, "template", "VARIABLE_UNKNOWN"),
        ({"variables": {"order": 2318, "due": "x"}}, "template", "VARIABLE_NOT_TEXT"),
        ({"variables": {"order": "http://a.b", "due": "x"}}, "content", "VARIABLE_FORBIDDEN"),
        ({"handset": "12345"}, "invalid_number", "INVALID_NUMBER"),
    ],
)
def test_what_the_provider_will_never_take_is_refused_with_the_reason(
    provider: TemplateProvider, changes: dict[str, Any], reason: str, detail: str
) -> None:
    if "variables" in changes:
        changes = {**changes, "variables": _Unmeasured(changes["variables"])}
    assert _refused(_gateway(provider, longest=99), **changes) == {"reason": reason, "detail": detail}
    assert provider.taken == []


class _Unmeasured(dict[str, Any]):
    """Variables whose lengths are not looked at here, so that the provider sees even a wrong type."""

    def values(self) -> Any:
        return ()


def test_wrong_credentials_clock_or_sender_are_ours_to_mend(provider: TemplateProvider) -> None:
    assert _passed(_gateway(provider, key=b"another")) == {"reason": "account", "detail": "BAD_SIGNATURE"}
    assert _passed(_gateway(provider, account="nobody"))["detail"] == "ACCOUNT_UNKNOWN"
    late = FixedClock(datetime.now(UTC) - timedelta(minutes=6))
    assert _passed(_gateway(provider, machine=late))["detail"] == "STALE_TIMESTAMP"
    assert _passed(_gateway(provider), signature="nobody")["detail"] == "SIGNATURE_NAME_UNKNOWN"
    assert _passed(_gateway(provider, url=f"{provider.url}/elsewhere"))["detail"] == "NOT_FOUND"
    assert provider.taken == []


@pytest.mark.parametrize(
    ("answer", "after_s"),
    [((429, {"code": "RATE_LIMITED", "retry_after_s": 3}), 3), ((200, {"code": "BUSY"}), 5), ((503, {}), 5)],
)
def test_a_busy_provider_holds_the_sender_for_as_long_as_it_asks(
    provider: TemplateProvider, answer: tuple[int, dict[str, Any]], after_s: float
) -> None:
    provider.refuses_with = answer
    gateway = _gateway(provider)
    assert (_passed(gateway)["reason"], _passed(gateway)["after_s"]) == ("busy", after_s)


@pytest.mark.parametrize(
    ("answer", "meaning"),
    [
        ((500, {"code": "OPTED_OUT"}), SendRefused),
        ((200, {"code": "SOMETHING_NEW"}), SendRefused),
        ((200, {"code": f"words about {HANDSET}"}), SendRefused),
        ((403, {}), SendPassed),
        ((302, {}), SendPassed),
        ((200, {}), NoAnswer),
        ((500, {}), NoAnswer),
        ((200, {"code": "OK"}), NoAnswer),
    ],
)
def test_a_code_other_than_ok_means_not_taken_and_no_code_means_little(
    provider: TemplateProvider, answer: tuple[int, dict[str, Any]], meaning: type[Exception]
) -> None:
    provider.refuses_with = answer
    with pytest.raises(meaning) as raised:
        _gateway(provider).send(OUTGOING)
    assert HANDSET not in str(raised.value)


def test_no_connection_means_surely_not_sent(provider: TemplateProvider) -> None:
    gateway = _gateway(provider, url=f"http://127.0.0.1:{free_port()}")
    assert _passed(gateway)["reason"] == "not_connected"


# In doubt


def test_a_provider_that_takes_a_message_and_breaks_off_is_asked(provider: TemplateProvider) -> None:
    provider.breaks = True
    gateway, since = _gateway(provider), _since()
    with pytest.raises(NoAnswer):
        gateway.send(OUTGOING)
    assert gateway.find(OUTGOING, since=since) == Accepted("M-1")


def test_a_provider_that_thinks_too_long_is_asked(provider: TemplateProvider) -> None:
    provider.thinks_s = 0.6
    gateway, since = _gateway(provider, timeout_s=0.2), _since()
    with pytest.raises(NoAnswer):
        gateway.send(OUTGOING)
    assert gateway.find(OUTGOING, since=since) == Accepted("M-1")


def test_only_what_was_taken_since_then_under_our_id_is_found(provider: TemplateProvider) -> None:
    gateway = _gateway(provider)
    gateway.send(OUTGOING)
    gateway.send(outgoing(our_id=5))
    gateway.send(OUTGOING)
    assert gateway.find(OUTGOING, since=_since()) == Accepted("M-1")
    assert gateway.find(outgoing(our_id=5), since=_since()) == Accepted("M-2")
    assert gateway.find(outgoing(our_id=6), since=_since()) is None
    assert gateway.find(OUTGOING, since=datetime.now(UTC) + timedelta(minutes=6)) is None


def test_a_provider_without_the_query_is_not_asked(provider: TemplateProvider) -> None:
    provider.offers_query = False
    gateway = _gateway(provider)
    assert gateway.can_be_asked is False
    with pytest.raises(CannotAsk):
        gateway.find(OUTGOING, since=_since())
    assert provider.nonces == set()


@pytest.mark.parametrize(
    "answer",
    [(404, {"code": "NOT_FOUND"}), (200, {"code": "OK"}), (200, {"code": "OK", "messages": [1]}), (500, {}), (429, {})],
)
def test_a_question_without_an_answer_proves_nothing(
    provider: TemplateProvider, answer: tuple[int, dict[str, Any]]
) -> None:
    provider.refuses_with = answer
    with pytest.raises(CannotAsk):
        _gateway(provider).find(OUTGOING, since=_since())


# Examining, and what is said of it


def test_it_is_examined_without_sending(provider: TemplateProvider) -> None:
    _gateway(provider).examine()
    with pytest.raises(SendPassed):
        _gateway(provider, key=b"another").examine()
    assert provider.taken == []


def test_no_number_and_no_variable_reaches_a_log(provider: TemplateProvider, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    gateway, message = _gateway(provider), replace(OUTGOING, variables={"order": "Wang Qiang", "due": "x"})
    gateway.send(message)
    gateway.find(message, since=_since())
    _refused(gateway, handset=f"{HANDSET}0000000")
    assert not [word for word in SECRET_WORDS if word in caplog.text]
