"""Lets a refusal reach somebody who is still sending a large body, above all a proxy.

A connection that is closed with bytes unread is reset. nginx and Caddy, which are sending then, take that for a failure
and make a 502 of the answer that came before. So the connection stays open for a moment after the answer: the proxy
reads it, and hangs up itself.
"""

import time
from collections.abc import Iterator
from threading import BoundedSemaphore

from django.conf import settings

MOMENT = 1.0  # seconds

_places = BoundedSemaphore(settings.CLOUDBOX_THREADS // 8 or 1)  # threads that may wait; else connections are reset


def and_a_moment(answer: bytes, body: object) -> Iterator[bytes]:
    """Yield an answer and end a moment later; the server keeps the connection while it does and `body` is held."""
    yield answer
    if body and _places.acquire(blocking=False):
        try:
            time.sleep(MOMENT)
        finally:
            _places.release()
