"""What the simulator tells of by itself: signed webhooks from an outbox, until they are taken."""

import contextlib
import hashlib
import hmac
import http.client
import json
import random
import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from payments.simulator.book import Book, Webhook
from payments.simulator.faults import Faults

TAKEN = "200"  # anything else is a failure
PATIENCE = 10  # seconds that a receiver has
HOURLY = (3600.0,) * 72  # seconds until each further try, as Paystack does it in test mode
QUICK = (*(2.0**power for power in range(12)), *HOURLY)  # for those who wait for it
LOOK = 0.1  # seconds after which a clock that is not the real one is looked at again
LONGEST_WAIT = 3600  # seconds


def signature(key: str, body: bytes) -> str:
    """Return what `x-paystack-signature` says of a body."""
    return hmac.new(key.encode(), body, hashlib.sha512).hexdigest()


class Outbox:
    """The webhooks, in the books. `faults` tells how the simulator misbehaves at the moment."""

    def __init__(self, book: Book, key: str, clock: Callable[[], float], faults: Callable[[], Faults]) -> None:
        self._book = book
        self._key = key
        self._clock = clock
        self._faults = faults

    def add(self, event: str, reference: str, data: dict[str, Any]) -> None:
        """Owe a webhook: with its copies, behind its forgeries, or dropped."""
        faults, number = self._faults(), self._book.next_id(Webhook)
        true = self._webhook(event, reference, data)
        for kind in faults.forge:
            self._book.keep(replace(self._forged(kind, true, data), id=self._book.next_id(Webhook)))
        state = "dropped" if self._is_dropped(faults, event) else "waiting"
        for copy in range(1 + faults.duplicate):
            self._book.keep(replace(true, id=self._book.next_id(Webhook), state=state, copy=copy))
        if faults.reorder:
            self._hold_back(number, faults.reorder)

    def again(self, webhook_id: int) -> Webhook | None:
        """Have a webhook sent once more, whatever became of it."""
        webhook = self._book.one(Webhook, id=webhook_id)
        if webhook:
            webhook = replace(webhook, state="waiting", due=self._clock(), attempts=0)
            self._book.keep(webhook)
        return webhook

    def next(self) -> Webhook | None:
        """Return the one that is sent next, whenever that is."""
        waiting = self._book.every(Webhook, state="waiting")
        return min(waiting, key=lambda each: (each.due, -each.id if each.newest_first else each.id), default=None)

    def tried(self, webhook: Webhook, answer: str, retries: Sequence[float]) -> None:
        """Write down how a try has ended."""
        tried = replace(webhook, attempts=webhook.attempts + 1, answer=answer)
        if answer == TAKEN:
            self._book.keep(replace(tried, state="delivered"))
        elif webhook.attempts < len(retries):
            self._book.keep(replace(tried, due=self._clock() + retries[webhook.attempts]))
        else:
            self._book.keep(replace(tried, state="failed"))

    def _webhook(self, event: str, reference: str, data: dict[str, Any]) -> Webhook:
        body = json.dumps({"event": event, "data": data}, separators=(",", ":")).encode()
        now = self._clock()
        return Webhook(
            id=0,
            event=event,
            reference=reference,
            body=body,
            signature=signature(self._key, body),
            created=now,
            due=now + self._faults().delay,
        )

    def _forged(self, kind: str, true: Webhook, data: dict[str, Any]) -> Webhook:
        """Return a copy with the wrong signature, or rightly signed with another amount or reference in it."""
        if kind == "signature":
            return replace(true, forgery=kind, signature=signature(f"not {self._key}", true.body))
        changed = {name: 1 if kind == "amount" else "nobody.s-order" for name in data if name.endswith(kind)}
        return replace(self._webhook(true.event, true.reference, data | changed), forgery=kind)

    def _is_dropped(self, faults: Faults, event: str) -> bool:
        number = self._book.count(Webhook, copy=0, forgery="") + 1
        if faults.drop_every and number % faults.drop_every == 0:
            return True
        return random.Random(f"{faults.seed}:{event}:{number}").random() < faults.drop  # noqa: S311 - a fault, no secret

    def _hold_back(self, first: int, seconds: float) -> None:
        """Send those from `first` on together with what is held back already, the newest before the others."""
        waiting = [each for each in self._book.every(Webhook, state="waiting") if not each.attempts]
        together = min((each.due for each in waiting if each.newest_first), default=self._clock() + seconds)
        for each in waiting:
            if each.id >= first:
                self._book.keep(replace(each, due=together, newest_first=True))


class Sender:
    """The thread that sends what is due, and lets money arrive whose time has come."""

    def __init__(
        self, outbox: Outbox, due: Callable[[], float | None], clock: Callable[[], float], retries: Sequence[float]
    ) -> None:
        self.url = ""  # nothing is sent as long as it is empty
        self.host = ""  # the name that the receiver is called by, where that is not in the address
        self._outbox = outbox
        self._due = due
        self._clock = clock
        self._retries = retries
        self._news = threading.Event()
        self._over = False
        self._under_way: http.client.HTTPConnection | None = None
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        self._over = True
        self._news.set()
        if self._under_way and self._under_way.sock:
            with contextlib.suppress(OSError):
                self._under_way.sock.shutdown(socket.SHUT_RDWR)  # a receiver that hangs is not waited for
        self._thread.join(PATIENCE + 1)

    def _run(self) -> None:
        while not self._over:
            self._news.clear()
            due = [each for each in (self._due(), self._send()) if each is not None]
            longest = LONGEST_WAIT if self._clock is time.time else LOOK
            self._news.wait(max(0.001, min(longest, min(due) - self._clock())) if due else None)

    def _send(self) -> float | None:
        """Send what is due, and return when something else is."""
        while not self._over and self.url and (webhook := self._outbox.next()):
            if webhook.due > self._clock():
                return webhook.due
            self._outbox.tried(webhook, self._post(webhook), self._retries)
        return None

    def _post(self, webhook: Webhook) -> str:
        """Return the status of the receiver's answer, or why there is none."""
        target = urlsplit(self.url)
        kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        headers = {"Content-Type": "application/json", "X-Paystack-Signature": webhook.signature}
        headers |= {"Host": self.host} if self.host else {}
        try:
            self._under_way = kind(target.hostname or "", target.port, timeout=PATIENCE)
            with contextlib.closing(self._under_way) as connection:
                connection.request("POST", target.path or "/", webhook.body, headers)
                return str(connection.getresponse().status)
        except (OSError, ValueError, http.client.HTTPException) as error:
            return type(error).__name__
