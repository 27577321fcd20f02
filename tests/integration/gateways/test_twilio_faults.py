"""What goes wrong between Twilio and us, and what it means for a message."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from dispatch.errors import Refusal
from notifications.gateway import Accepted, CannotAsk, NoAnswer, SendPassed, SendRefused
from notifications.sending_pace import SendingPace
from notifications.wording import say
from tests.loopback_server import Answer, scripted_server, silent_server
from tests.outgoing_message import ACCOUNT, HANDSET, OUTGOING, SECRET_WORDS, outgoing, twilio_gateway
from tests.served_program import free_port

SINCE = datetime(2026, 11, 22, 23, 59, 30, tzinfo=UTC)
CREATED = Answer(201, {"sid": "SM1", "status": "queued"})


def _error(status: int, code: int | None = None, **headers: str) -> Answer:
    document = {"code": code, "status": status, "message": f"The number {HANDSET} is not right", "more_info": ""}
    return Answer(status, document, {name.replace("_", "-"): value for name, value in headers.items()})


def _listed(*messages: dict[str, Any]) -> Answer:
    return Answer(200, {"messages": list(messages), "next_page_uri": None, "page": 0, "start": 0, "end": 0})


def _message(sid: str = "SM7", created_at: datetime = SINCE + timedelta(seconds=2), **changes: Any) -> dict[str, Any]:
    plain = {
        "sid": sid,
        "body": OUTGOING.text,
        "direction": "outbound-api",
        "date_created": format_datetime(created_at),
    }
    return {**plain, **changes}


def _send(answer: Answer) -> Refusal:
    with scripted_server(answer) as server, pytest.raises((SendRefused, SendPassed, NoAnswer)) as raised:
        twilio_gateway(server.url).send(OUTGOING)
    assert len(server.asked) == 1, "nothing is repeated behind our back"
    return raised.value


# Sending


def test_what_is_sent_says_who_what_how_long_and_where_to_report() -> None:
    with scripted_server(CREATED) as server:
        gateway = twilio_gateway(server.url, status_url="https://visits.example/hooks/twilio/status")
        assert gateway.send(outgoing(attempt=2)) == Accepted("SM1")
    assert server.asked == [f"/2010-04-01/Accounts/{ACCOUNT.sid}/Messages.json"]
    assert parse_qs(server.posted[0]) == {
        "To": [HANDSET],
        "From": ["+4237000000"],
        "Body": [OUTGOING.text],
        "ValidityPeriod": ["7200"],
        "StatusCallback": ["https://visits.example/hooks/twilio/status/48213?attempt=2"],
    }


@pytest.mark.parametrize(("valid_for", "wanted"), [(timedelta(0), "1"), (timedelta(days=1), "36000")])
def test_the_validity_stays_within_what_twilio_takes(valid_for: timedelta, wanted: str) -> None:
    with scripted_server(CREATED) as server:
        twilio_gateway(server.url).send(outgoing(valid_for=valid_for))
    assert parse_qs(server.posted[0])["ValidityPeriod"] == [wanted]


def test_a_messaging_service_goes_before_a_number() -> None:
    account = replace(ACCOUNT, messaging_service_sid="MG" + "0" * 32)
    with scripted_server(CREATED) as server:
        twilio_gateway(server.url, account=account).send(OUTGOING)
    form = parse_qs(server.posted[0])
    assert form["MessagingServiceSid"] == ["MG" + "0" * 32]
    assert "From" not in form
    assert "StatusCallback" not in form


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (21211, "invalid_number"),
        (21610, "opted_out"),
        (21614, "landline"),
        (21635, "landline"),
        (21408, "not_permitted"),
        (21617, "content"),
        (29999, "refused"),
    ],
)
def test_a_message_that_twilio_will_never_take_is_refused_with_the_reason(code: int, reason: str) -> None:
    refusal = _send(_error(400, code))
    assert isinstance(refusal, SendRefused)
    assert refusal.values == {"reason": reason, "detail": code}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (_error(401, 20003), "account"),
        (_error(403), "account"),
        (_error(404, 20404), "account"),
        (_error(400, 21606), "account"),
        (_error(302), "account"),
        (_error(400, 21611), "busy"),
        (_error(429, 20429), "busy"),
        (_error(503), "busy"),
    ],
)
def test_what_is_no_fault_of_the_message_may_be_sent_later(answer: Answer, reason: str) -> None:
    refusal = _send(answer)
    assert isinstance(refusal, SendPassed)
    assert refusal.values["reason"] == reason


@pytest.mark.parametrize("answer", [_error(500), _error(502), _error(504, 20504), Answer(201, {}), Answer(200, [])])
def test_a_failure_after_the_request_was_read_leaves_a_doubt(answer: Answer) -> None:
    assert isinstance(_send(answer), NoAnswer)


def test_slow_down_holds_the_whole_sender_for_as_long_as_twilio_asks() -> None:
    with scripted_server(_error(429, 20429, Retry_After="7"), CREATED) as server:
        gateway = twilio_gateway(server.url, pace=SendingPace(None, clock=lambda: 0.0))
        for _ in range(2):
            with pytest.raises(SendPassed) as passed:
                gateway.send(OUTGOING)
            assert passed.value.values["after_s"] == 7
    assert len(server.asked) == 1, "the second message was not even tried"


def test_no_connection_means_surely_not_sent() -> None:
    gateway = twilio_gateway(f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SendPassed) as passed:
        gateway.send(OUTGOING)
    assert passed.value.values["reason"] == "not_connected"
    with pytest.raises(CannotAsk):
        gateway.find(OUTGOING, since=SINCE)


def test_an_answer_that_does_not_come_in_time_leaves_a_doubt() -> None:
    with silent_server() as port:
        gateway = twilio_gateway(f"http://127.0.0.1:{port}", timeout_s=0.2)
        with pytest.raises(NoAnswer):
            gateway.send(OUTGOING)
        with pytest.raises(CannotAsk):
            gateway.find(OUTGOING, since=SINCE)


@contextmanager
def _server_that(does: str) -> Iterator[str]:
    """A server that reads a request and then breaks the connection, or trickles a good answer for two seconds."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(1 << 16)
            if does == "trickles":
                connection.sendall(b"HTTP/1.1 201 Created\r\nContent-Length: 40\r\n\r\n")
                with suppress(OSError):
                    for byte in b'{"sid": "SM1"}'.ljust(40):
                        connection.sendall(bytes([byte]))
                        over.wait(0.05)

    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            over.set()
            thread.join()


@pytest.mark.parametrize("does", ["breaks", "trickles"])
def test_an_answer_that_drags_on_or_breaks_off_leaves_a_doubt(does: str) -> None:
    with _server_that(does) as url, pytest.raises(NoAnswer):
        twilio_gateway(url, timeout_s=0.4).send(OUTGOING)


def test_a_connection_that_twilio_has_closed_meanwhile_is_opened_anew() -> None:
    """It was kept for the next message; that message is sent, once, on a new one."""
    body = b'{"sid": "SM1"}'
    answer = b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\nConnection: keep-alive\r\n\r\n%b" % (len(body), body)

    def serve() -> None:
        for _ in range(2):
            connection, _ = listener.accept()
            with connection:
                received = b""
                while b"StatusCallback=" not in received:
                    received += connection.recv(1 << 16)
                connection.sendall(answer)
            closed.set()

    closed = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)
        thread = threading.Thread(target=serve)
        thread.start()
        gateway = twilio_gateway(f"http://127.0.0.1:{listener.getsockname()[1]}", status_url="http://a.example")
        assert gateway.send(OUTGOING) == Accepted("SM1")
        assert closed.wait(10)
        assert gateway.send(OUTGOING) == Accepted("SM1")
        thread.join()


def test_no_number_and_no_text_reaches_a_log_or_an_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refusals = [_send(_error(400, 21211)), _send(_error(500))]
    with scripted_server(CREATED, _listed(_message())) as server:
        gateway = twilio_gateway(server.url)
        gateway.send(OUTGOING)
        gateway.find(OUTGOING, since=SINCE)
    said = caplog.text + "".join(f"{refusal} {refusal!r} {say(refusal)}" for refusal in refusals)
    assert all(refusal.__cause__ is None and refusal.__suppress_context__ for refusal in refusals)
    assert not [word for word in SECRET_WORDS if word in said]
    assert not [word for word in SECRET_WORDS if word in repr(OUTGOING)]


# Finding


def _find(*answers: Answer, **changes: Any) -> tuple[Accepted | None, list[str]]:
    with scripted_server(*answers) as server:
        return twilio_gateway(server.url).find(outgoing(**changes), since=SINCE), server.asked


def test_what_was_sent_is_found_among_what_the_handset_was_sent_since() -> None:
    found, asked = _find(_listed(_message("SM6", body="something else"), _message("SM7")))
    assert found == Accepted("SM7")
    query = parse_qs(urlsplit(asked[0]).query)
    assert (query["To"], query["DateSent>"]) == ([HANDSET], ["2026-11-22T00:00:00Z"])


@pytest.mark.parametrize(
    "body",
    [
        f"Sent from your Twilio trial account - {OUTGOING.text}",
        OUTGOING.text.replace(":", "\N{FULLWIDTH COLON}").replace(",", ", "),
        f"\n{OUTGOING.text}  ",
    ],
)
def test_a_text_that_the_provider_has_touched_is_still_ours(body: str) -> None:
    assert _find(_listed(_message(body=body)))[0] == Accepted("SM7")


@pytest.mark.parametrize(
    "other",
    [
        _message(body="【江苏联通】报修2319:Wang Qiang 师傅,今天24:00前修好。"),
        _message(body=f"{OUTGOING.text} 8"),
        _message(body=None),
        _message(direction="inbound"),
        _message(created_at=SINCE - timedelta(minutes=6)),
        _message(date_created="yesterday"),
    ],
)
def test_another_message_is_not_taken_for_it(other: dict[str, Any]) -> None:
    assert _find(_listed(other))[0] is None


def test_a_message_still_queued_has_no_date_of_sending_and_is_found_all_the_same() -> None:
    found, asked = _find(_listed(), _listed(_message(date_sent=None, status="queued")))
    assert found == Accepted("SM7")
    assert "DateSent%3E" not in asked[1]


@pytest.mark.parametrize("answer", [_error(500), _error(429, 20429), _error(401, 20003), Answer(200, {}), Answer(200)])
def test_a_question_without_an_answer_proves_nothing(answer: Answer) -> None:
    with pytest.raises(CannotAsk):
        _find(answer)


def test_several_threads_send_at_once() -> None:
    with scripted_server(CREATED) as server:
        gateway = twilio_gateway(server.url)
        threads = [threading.Thread(target=gateway.send, args=[outgoing(our_id=number)]) for number in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(server.posted) == 12
