"""Sending through Twilio (https://www.twilio.com/docs/messaging/api/message-resource)."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from twilio.base import values
from twilio.base.exceptions import TwilioException
from twilio.http import HttpClient
from twilio.rest import Client
from twilio.rest.api.v2010.account.message import MessageInstance, MessageList, MessagePage

from notifications.gateway import Accepted, CannotAsk, NoAnswer, Outgoing, SendPassed, SendRefused
from notifications.provider_wire import NotConnected, Unanswered
from notifications.sending_pace import SendingPace
from notifications.twilio_codes import ACCOUNT, BUSY, REFUSED
from notifications.twilio_http import TwilioError

#: what Twilio takes as ValidityPeriod
_VALIDITY_S = (1, 36_000)
#: how far Twilio's clock may be behind ours
_SKEW = timedelta(minutes=5)
_PAGE = 100
_MOST_PAGES = 3
#: when "slow down" does not say for how long
_BUSY_S = 5.0

T = TypeVar("T")


@dataclass(frozen=True)
class TwilioAccount:
    """Whose account sends, and as whom: a number (or alphanumeric sender) or a messaging service.

    `username` and `password` are the account's SID and token, or an API key and its secret.
    """

    sid: str
    username: str
    password: str = field(repr=False)
    sender: str | None = None
    messaging_service_sid: str | None = None
    region: str | None = None
    edge: str | None = None


class TwilioGateway:
    """Twilio by its own client. Our id and attempt travel in the address of the status callback.

    `status_url` is where Twilio reports to, without our id; None: it is not asked to.
    """

    name = "twilio"
    can_be_asked = True
    shows_after = timedelta(seconds=30)

    def __init__(
        self,
        account: TwilioAccount,
        http: HttpClient,
        *,
        at_once: int,
        pace: SendingPace,
        status_url: str | None = None,
    ) -> None:
        self.at_once = at_once
        self._account = account
        self._pace = pace
        self._status_url = status_url
        client = Client(
            account.username,
            account.password,
            account.sid,
            region=account.region,
            edge=account.edge,
            http_client=http,
        )
        self._messages: MessageList = client.api.v2010.accounts(account.sid).messages

    def send(self, message: Outgoing) -> Accepted:
        """See `Gateway`."""
        self._pace.wait_for_turn()
        created = self._once(lambda: self._create(message))
        if not isinstance(created.sid, str) or not created.sid:
            raise NoAnswer(detail="unreadable")
        return Accepted(created.sid)

    def find(self, message: Outgoing, *, since: datetime) -> Accepted | None:
        """See `Gateway`. Twilio keeps no id of ours: the text is compared, among what this handset was sent.

        A message still queued has no date of sending yet, so the newest of any date are read too.
        """
        day = datetime.combine((since - _SKEW).astimezone(UTC).date(), datetime.min.time(), UTC)
        wanted = _plain(message.text)
        try:
            for instance in self._listed(message.handset, day):
                if _is_ours(instance, wanted, since - _SKEW):
                    return Accepted(str(instance.sid))
        except (TwilioException, TwilioError, NotConnected, Unanswered, ValueError) as failure:
            raise CannotAsk(detail=getattr(failure, "code", None) or type(failure).__name__) from None
        return None

    def examine(self) -> None:
        """See `ExaminableGateway`: reads one message, which needs the same rights as `find`."""
        self._once(lambda: self._messages.page(page_size=1))

    def _create(self, message: Outgoing) -> MessageInstance:
        least, most = _VALIDITY_S
        service = self._account.messaging_service_sid
        callback: str | object = values.unset
        if self._status_url:
            callback = f"{self._status_url}/{message.our_id}?attempt={message.attempt}"
        return self._messages.create(
            to=message.handset,
            body=message.text,
            from_=values.unset if service else self._account.sender,
            messaging_service_sid=service or values.unset,
            validity_period=max(least, min(most, int(message.valid_for.total_seconds()))),
            status_callback=callback,
        )

    def _once(self, call: Callable[[], T]) -> T:
        """One call, and what its failure means; Twilio's sentences repeat the number and are dropped."""
        try:
            return call()
        except NotConnected as failure:
            raise SendPassed(reason="not_connected", detail=str(failure)) from None
        except Unanswered as failure:
            raise NoAnswer(detail=str(failure)) from None
        except TwilioError as error:
            if error.code in BUSY or error.status in {429, 503}:
                after_s = _BUSY_S if error.after_s is None else error.after_s
                self._pace.hold(after_s)
                raise SendPassed(reason="busy", detail=error.code, after_s=after_s) from None
            raise _meaning(error) from None
        except (TwilioException, ValueError) as failure:
            raise NoAnswer(detail=type(failure).__name__) from None

    def _listed(self, handset: str, sent_since: datetime) -> Iterator[MessageInstance]:
        """What was sent to `handset` since then; raises ValueError when that is too much to read."""
        page: MessagePage | None = self._messages.page(to=handset, date_sent_after=sent_since, page_size=_PAGE)
        for _ in range(_MOST_PAGES):
            if page is None:
                break
            yield from page
            page = page.next_page()
        if page is not None:
            raise ValueError("too many messages")
        yield from self._messages.page(to=handset, page_size=_PAGE)


def _meaning(error: TwilioError) -> SendRefused | SendPassed | NoAnswer:
    """By Twilio's code where we know it, else by the HTTP status."""
    if error.code in ACCOUNT or error.status in {401, 403, 404} or error.status < 400:
        return SendPassed(reason="account", detail=error.code)
    if error.status >= 500 or error.status == 408:
        return NoAnswer(detail=error.code)
    return SendRefused(reason=REFUSED.get(error.code, "refused"), detail=error.code)


def _is_ours(instance: MessageInstance, wanted: str, since: datetime) -> bool:
    if not str(instance.direction or "").startswith("outbound") or not isinstance(instance.date_created, datetime):
        return False
    return instance.date_created >= since and _plain(instance.body).endswith(wanted)


def _plain(text: str | None) -> str:
    """The text as far as a provider leaves it alone: it may put words before it, and swap look-alikes."""
    return "".join(unicodedata.normalize("NFKC", text or "").split()).casefold()
