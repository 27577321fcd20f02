"""What we ask of Twilio is what its published OpenAPI allows: Prism refuses everything else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifications.gateway import Accepted, CannotAsk, SendPassed, SendRefused
from notifications.twilio_codes import read_status
from notifications.twilio_http import TwilioHttp
from tests.outgoing_message import ACCOUNT, outgoing, twilio_gateway
from tests.prism_server import find_prism, serve_twilio

pytestmark = pytest.mark.xdist_group("prism")

#: the ids in the document's examples
CREATED = "SM" + "a" * 32
LISTED = "SMded05904ccb347238880ca9264e8fe1c"
LISTED_AT = datetime(2019, 5, 24, 17, 44, 46, tzinfo=UTC)


class EmptyList(TwilioHttp):
    """Asks Prism for the example with no message in it."""

    def request(self, method: str, uri: str, *rest: Any, **more: Any) -> Any:
        more["headers"] = {**(more.get("headers") or {}), "Prefer": "example=readEmptySentdateGreater"}
        return super().request(method, uri, *rest, **more)


@pytest.fixture(scope="module")
def twilio() -> Iterator[str]:
    with serve_twilio(find_prism()) as url:
        yield url


def test_a_message_is_sent_with_everything_we_ever_give(twilio: str) -> None:
    gateway = twilio_gateway(twilio, status_url="https://visits.example/hooks/twilio/status")
    assert gateway.send(outgoing()) == Accepted(CREATED)


def test_a_messaging_service_sends_instead_of_a_number(twilio: str) -> None:
    account = replace(ACCOUNT, sender=None, messaging_service_sid="MG" + "0" * 32)
    assert twilio_gateway(twilio, account=account).send(outgoing()) == Accepted(CREATED)


@pytest.mark.parametrize("valid_for", [timedelta(0), timedelta(seconds=90.5), timedelta(days=3)])
def test_every_validity_becomes_one_that_twilio_takes(twilio: str, valid_for: timedelta) -> None:
    assert twilio_gateway(twilio).send(outgoing(valid_for=valid_for)) == Accepted(CREATED)


def test_an_api_key_and_an_alphanumeric_sender_are_taken(twilio: str) -> None:
    account = replace(ACCOUNT, username="SK" + "0" * 32, password="a secret", sender="Punctual")
    assert twilio_gateway(twilio, account=account).send(outgoing()) == Accepted(CREATED)


def test_prism_refuses_what_the_document_does_not_allow(twilio: str) -> None:
    """The other tests prove nothing unless this one passes."""
    account = replace(ACCOUNT, sender=None, messaging_service_sid="no service")
    with pytest.raises(SendRefused) as refused:
        twilio_gateway(twilio, account=account).send(outgoing())
    assert refused.value.values == {"reason": "refused", "detail": 422}


def test_an_account_that_twilio_does_not_know_is_ours_to_mend(twilio: str) -> None:
    gateway = twilio_gateway(twilio + "/elsewhere")
    for call in (lambda: gateway.send(outgoing()), gateway.examine):
        with pytest.raises(SendPassed) as passed:
            call()
        assert passed.value.values == {"reason": "account", "detail": 404}


def test_credentials_are_needed(twilio: str) -> None:
    class Nobody(TwilioHttp):
        def request(self, method: str, uri: str, *rest: Any, **more: Any) -> Any:
            return super().request(method, uri, *rest, **{**more, "auth": None})

    with pytest.raises(SendPassed) as passed:
        twilio_gateway(twilio, http=Nobody).examine()
    assert passed.value.values == {"reason": "account", "detail": 401}


def test_a_sent_message_is_found_by_its_text(twilio: str) -> None:
    gateway = twilio_gateway(twilio)
    assert gateway.find(outgoing(text="Testing "), since=LISTED_AT) == Accepted(LISTED)
    assert gateway.find(outgoing(text="sting"), since=LISTED_AT) == Accepted(LISTED), "words may stand before"


def test_a_message_that_twilio_never_had_is_not_found(twilio: str) -> None:
    assert twilio_gateway(twilio, http=EmptyList).find(outgoing(), since=LISTED_AT) is None


def test_a_history_without_end_proves_nothing(twilio: str) -> None:
    """Each page of the document's example says that there is another."""
    with pytest.raises(CannotAsk):
        twilio_gateway(twilio).find(outgoing(), since=LISTED_AT)


def test_the_account_can_be_examined_without_sending(twilio: str) -> None:
    twilio_gateway(twilio).examine()


def test_the_status_of_every_documented_kind_is_understood() -> None:
    """A status that Twilio adds to its document fails here instead of getting lost."""

    document = json.loads(find_prism().document.read_text("utf-8"))
    statuses = set(document["components"]["schemas"]["message_enum_status"]["enum"])
    unread = {status for status in statuses if read_status(1, {"MessageStatus": status}) is None}
    assert unread == {"receiving", "received"}
