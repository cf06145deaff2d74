"""One question to Paystack, over HTTP: it ends within seconds, with an answer of a bounded size or a refusal.

No redirects, and nothing of the environment: a proxy would not be asked, and a `.netrc` would replace our key. Each
question has a connection of its own, so threads share nothing, and no POST goes into one that was closed meanwhile.
A question that changes nothing is asked again where the line or Paystack failed; the others never are, for nobody knows
what became of them. The key stands in no message.
"""

import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import requests
import structlog
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from cloudbox import __version__
from cloudbox.deadlines import watch, within
from cloudbox.errors import Busy, Refusal
from cloudbox.http import release_connection
from cloudbox.paying import Paying
from cloudbox.slots import provider_slots

CONNECT = 3.05  # seconds, a little more than a lost packet takes
ANSWER = 15.0  # seconds of silence
ALL = 20.0  # seconds, all tries together
TRIES = 3  # of a question that changes nothing
PAUSE = 0.3  # seconds before the second try, twice that before the third
LARGEST = 4 * 2**20  # bytes of an answer
PLAIN = "identity"  # what is not packed cannot unpack to more than it seems
LONGEST_SAID = 200  # characters
SEGMENT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9.=-]{1,255}")
LIKE_A_KEY = re.compile(r"[sp]k_(live|test)_\w+")
LIKE_A_CODE = re.compile(r"[A-Za-z0-9_-]{1,64}")
FAILING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}

log = structlog.get_logger(__name__)


class PaystackUnavailable(Refusal):
    """Paystack does not answer, or not as it should; try again after `retry_after` seconds."""

    code = "payment_provider_unavailable"
    status = 503
    title = "The payment provider does not answer just now."

    def __init__(self, message: str = "") -> None:
        super().__init__(message, retry_after=30)


class PaystackRefused(Refusal):
    """Paystack said no. `said` is what it said, for the staff, and `why` its word for that."""

    code = "payment_provider_refused"
    status = 502
    title = "The payment provider has refused this."

    def __init__(self, said: str = "", *, why: str = "", answered: int = 400) -> None:
        super().__init__()
        self.said = said
        self.why = why
        self.answered = answered  # the status of HTTP


class DuplicateReference(PaystackRefused):
    """It knows such a reference already."""


class _Failed(Exception):
    """This try brought nothing, and another one might."""


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked. `path` has no slash at its ends."""

    method: str
    path: str
    query: Mapping[str, Any]
    body: Mapping[str, Any] | None


def ask(question: Question) -> dict[str, Any]:
    """Return what Paystack answers, if it says yes. Raises PaystackUnavailable or PaystackRefused."""
    if not all(SEGMENT.fullmatch(segment) for segment in question.path.split("/")):
        raise PaystackRefused("Nothing that could be asked for.", answered=HTTPStatus.NOT_FOUND)
    paying = settings.CLOUDBOX_PAYING
    if not paying.keys:
        raise PaystackUnavailable("No key of Paystack is set.")
    release_connection()  # it may take its time
    half = settings.CLOUDBOX_THREADS // 2
    try:
        with provider_slots.taken("paystack", total=half, each=half // 2):
            return _yes(*_answered_to_a_key(question, paying))
    except Busy:
        raise PaystackUnavailable("Too many are asking Paystack just now.") from None


def _answered_to_a_key(question: Question, paying: Paying) -> tuple[int, Any]:
    """Return the answer to the present key; to the one before it where Paystack does not know that one (yet)."""
    ends = time.monotonic() + ALL
    present, *previous = paying.keys
    url = f"{paying.url}/{question.path}"
    status, said = _answered(question, url, present, ends)
    if status == HTTPStatus.UNAUTHORIZED and previous:
        log.warning("paystack_key_refused", setting="PAYSTACK_SECRET_KEY")
        status, said = _answered(question, url, previous[0], ends)
    return status, said


def _answered(question: Question, url: str, key: str, ends: float) -> tuple[int, Any]:
    """Return the status and the JSON of the answer to one of some tries. Raises PaystackUnavailable."""
    tries = TRIES if question.method == "GET" else 1
    for number in range(1, tries + 1):
        try:
            return _tried(question, url, key, ends - time.monotonic())
        except _Failed as failure:
            pause = PAUSE * 2 ** (number - 1)
            log.warning("paystack_failed", method=question.method, attempt=number, error=str(failure))
            if number == tries or time.monotonic() + pause >= ends:
                raise PaystackUnavailable(f"Paystack {failure}.") from None
            time.sleep(pause)
    raise AssertionError  # the last try returns or raises


def _tried(question: Question, url: str, key: str, seconds: float) -> tuple[int, Any]:
    """Ask once, for so many seconds at most. Raises _Failed, or PaystackUnavailable where asking again is no use."""
    headers = {
        "Authorization": f"Bearer {key}",
        "Accept": "application/json",
        "Accept-Encoding": PLAIN,
        "User-Agent": f"CloudBox/{__version__}",
    }
    try:
        with (
            within(seconds) as deadline,
            _session() as session,
            session.request(
                question.method,
                url,
                params=dict(question.query),
                json=question.body,
                headers=headers,
                timeout=(min(CONNECT, seconds), min(ANSWER, seconds)),
                allow_redirects=False,
                stream=True,
            ) as answer,
        ):
            body = answer.raw.read(LARGEST + 1, decode_content=False)
            if deadline.has_cut:
                raise _Failed("takes too long to answer")
            if answer.raw.length_remaining and len(body) <= LARGEST:
                raise _Failed("breaks off in the middle of an answer")
    except requests.exceptions.SSLError:
        raise PaystackUnavailable("Paystack shows no certificate that can be verified.") from None
    except (requests.exceptions.Timeout, TimeoutError):
        raise _Failed("takes too long to answer") from None
    except (requests.exceptions.RequestException, HTTPError, OSError, ValueError):
        raise _Failed("cannot be reached, or hangs up") from None
    return answer.status_code, _read(answer.status_code, answer.headers.get("Content-Encoding", PLAIN), body)


def _read(status: int, encoding: str, body: bytes) -> Any:
    """Return the JSON in an answer. Raises as `_tried`."""
    if status in FAILING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise _Failed(f"answers {status}")
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        raise PaystackUnavailable("Paystack sends us elsewhere, which we do not follow.")
    if len(body) > LARGEST or encoding != PLAIN:
        raise PaystackUnavailable("Paystack answers more than can be read.")
    try:
        return json.loads(body.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):  # also bytes that are not UTF-8, and numbers of thousands of digits
        raise PaystackUnavailable(f"Paystack answers {status}, and no JSON.") from None


def _yes(status: int, said: Any) -> dict[str, Any]:
    """Return the answer if it is a yes."""
    if not isinstance(said, dict) or not isinstance(said.get("status"), bool):
        raise PaystackUnavailable(f"Paystack answers {status}, and something that cannot be read.")
    if status < HTTPStatus.MULTIPLE_CHOICES and said["status"]:
        return said
    message, why = clean(said.get("message"), LONGEST_SAID), said.get("code")
    why = why if isinstance(why, str) and LIKE_A_CODE.fullmatch(why) else ""
    if why == "duplicate_reference" or re.search(r"duplicate.*reference", message, re.IGNORECASE):
        raise DuplicateReference(message, why=why, answered=status)
    raise PaystackRefused(message, why=why, answered=status)


def clean(said: Any, longest: int) -> str:
    """Return a text of somebody else's as it can be stored and shown: one line, no key, nothing invisible."""
    text = said if isinstance(said, str) else ""
    shown = "".join(character if character.isprintable() else " " for character in text[: 4 * longest])
    return LIKE_A_KEY.sub("…", " ".join(shown.split()))[:longest]


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.mount("https://", _Adapter())
    session.mount("http://", _Adapter())
    return session


class _Watched(HTTPConnection):
    """Can be cut when the time is over."""

    def _new_conn(self) -> socket.socket:
        connection = super()._new_conn()
        watch(connection)
        return connection


class _WatchedTls(_Watched, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: object, **options: object) -> None:
        super().init_poolmanager(*args, **options)  # type: ignore[arg-type]  # as it comes
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
