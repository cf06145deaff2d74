"""What may stand between CloudBox and an S3 server: a proxy that does what a bad network or a bad store does.

Faults are switched while it runs. It reads HTTP/1.1 as it comes, so that everything but the fault arrives unchanged.
"""

import contextlib
import random
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from io import BufferedReader
from typing import Self

BLOCK = 64 * 1024  # bytes
_ERROR = b"<Error><Code>InternalError</Code><Message>We encountered an internal error.</Message></Error>"
ERROR = b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n%s" % (
    len(_ERROR),
    _ERROR,
)
BODILESS = {204, 304}

Alter = Callable[[bytes, int], bytes]  # takes a block and the offset of its first byte


class Fault(StrEnum):
    """What happens to a request."""

    ERROR = "answered 500"
    LOST = "done, but the answer was lost"
    SILENT = "never answered"  # nor passed on; until the fault is over
    HELD = "done, but not answered"  # until the fault is over, and then lost
    CUT = "answered with half a body"
    SPOILT_UP = "sent with a flipped bit"
    SPOILT_DOWN = "answered with a flipped bit"
    SLOW = "slow"


@dataclass(frozen=True, eq=False)
class Rule:
    """A fault of a share of the requests, or of those of some methods, until it is `over`.

    With `once` it is that share of what is asked for the first time, and never of what is asked again.
    """

    fault: Fault
    share: float
    methods: frozenset[str]
    once: bool
    over: threading.Event = field(default_factory=threading.Event)
    asked: set[bytes] = field(default_factory=set)

    def hits(self, head: "_Head", dice: random.Random) -> bool:
        if self.methods and head.method not in self.methods:
            return False
        if self.once and head.line in self.asked:
            return False
        self.asked.add(head.line)
        return dice.random() < self.share


class Proxy:
    """Listens on a port of its own and passes on to `target` (host, port), except for what `suffering` says.

    `seed` decides which requests are hit, by their order. `counts` says how often each fault has happened, `passed`
    how many requests reached the target unharmed by method, `held` how many clients wait for the end of one now.
    """

    def __init__(self, target: tuple[str, int], *, seed: int = 1) -> None:
        self.counts: Counter[Fault] = Counter()
        self.passed: Counter[str] = Counter()
        self.held = 0
        self._target = target
        self._dice = random.Random(seed)
        self._rules: tuple[Rule, ...] = ()
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listener = _bound(0)
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._listen()
        return self

    def __exit__(self, *_: object) -> None:
        self._hang_up().close()

    @contextlib.contextmanager
    def suffering(self, fault: Fault, share: float = 1.0, *methods: str, once: bool = False) -> Iterator[None]:
        """Let a share of the requests, of these methods if any are named, suffer a fault. Faults add up."""
        rule = Rule(fault, share, frozenset(methods), once)
        self._rules = (*self._rules, rule)
        try:
            yield
        finally:
            self._rules = tuple(one for one in self._rules if one is not rule)
            rule.over.set()

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Refuse all connections, and break those that are open; the port stays ours."""
        self._listener = self._hang_up()
        try:
            yield
        finally:
            self._listen()

    def _listen(self) -> None:
        self._listener.listen(128)
        threading.Thread(target=self._accept, args=[self._listener], daemon=True).start()

    def _hang_up(self) -> socket.socket:
        """Break everything off, and return a socket on the same port that does not listen yet."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        return _bound(self.port)

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):  # until it is closed
            while True:
                client, _ = listener.accept()
                threading.Thread(target=self._serve, args=[client], daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        """Pass on one request of a connection after the other."""
        with contextlib.suppress(OSError, ValueError), self._remembered(client):
            target = socket.create_connection(self._target, timeout=120)
            with self._remembered(target), client.makefile("rb") as requests, target.makefile("rb") as answers:
                ways = _Ways(client, target, requests, answers)
                while (head := _Head.read(requests)) and self._exchange(head, ways):
                    pass

    def _exchange(self, head: "_Head", ways: "_Ways") -> bool:
        """Bring one request to its end, and say whether another may follow on its connection."""
        rule = self._rule_for(head)
        fault = rule and rule.fault
        if "expect" in head.fields:
            ways.client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if fault not in {Fault.ERROR, Fault.SILENT}:
            return self._pass_on(head, ways, rule)
        _pass_body(head.request_body, ways.requests, None, _unaltered)
        if rule and fault is Fault.SILENT:
            self._hold(rule, ways.client)
            return False
        ways.client.sendall(ERROR.partition(_ERROR)[0] if head.method == "HEAD" else ERROR)
        return True

    def _pass_on(self, head: "_Head", ways: "_Ways", rule: Rule | None) -> bool:
        fault = rule and rule.fault
        slowly = partial(_slowly, rule.over) if rule and fault is Fault.SLOW else _unaltered
        ways.target.sendall(head.without("expect"))
        up = _flipped(head.length) if fault is Fault.SPOILT_UP else slowly
        _pass_body(head.request_body, ways.requests, ways.target, up)
        answer = _Head.read(ways.answers)
        if answer is None:
            return False
        lost = rule is not None and fault in {Fault.LOST, Fault.HELD}
        if not lost:
            ways.client.sendall(answer.raw)
        altered = {Fault.SPOILT_DOWN: _flipped(answer.length), Fault.CUT: _cut(answer.length)}
        down = altered.get(fault, slowly) if fault else slowly
        _pass_body(answer.answer_body(head.method), ways.answers, None if lost else ways.client, down)
        if rule and fault is Fault.HELD:
            self._hold(rule, ways.client)
        return (
            not lost
            and fault is not Fault.CUT
            and "close" not in {head.fields.get("connection"), answer.fields.get("connection")}
        )

    def _rule_for(self, head: "_Head") -> Rule | None:
        with self._lock:
            for rule in self._rules:
                if rule.hits(head, self._dice):
                    self.counts[rule.fault] += 1
                    return rule
            self.passed[head.method] += 1
            return None

    def _hold(self, rule: Rule, client: socket.socket) -> None:
        """Wait until the fault is over, or the client waits no longer."""
        with self._lock:
            self.held += 1
        while not rule.over.wait(0.02) and not _has_hung_up(client):
            pass
        with self._lock:
            self.held -= 1

    @contextlib.contextmanager
    def _remembered(self, one: socket.socket) -> Iterator[None]:
        with self._lock:
            self._open.add(one)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(one)
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


@dataclass(frozen=True)
class _Ways:
    """A connection of a client and the one to the target that belongs to it, to write to and to read from."""

    client: socket.socket
    target: socket.socket
    requests: BufferedReader
    answers: BufferedReader


@dataclass(frozen=True)
class _Head:
    """The lines before a body: `raw` as they came, and their fields with names and values in lower case."""

    raw: bytes
    fields: dict[str, str]

    @classmethod
    def read(cls, source: BufferedReader) -> "_Head | None":
        """Return the next head, None at the end of the connection; 100 Continue is none."""
        lines = []
        while (line := source.readline()).strip():
            lines.append(line)
        if not line or not lines:
            return None
        if lines[0].split()[1] == b"100":
            return cls.read(source)
        pairs = (line.decode("latin-1").partition(":") for line in lines[1:])
        fields = {name.strip().lower(): value.strip().lower() for name, _, value in pairs}
        return cls(b"".join([*lines, b"\r\n"]), fields)

    @property
    def line(self) -> bytes:
        return self.raw.partition(b"\r\n")[0]

    @property
    def method(self) -> str:
        return self.raw.split(maxsplit=1)[0].decode()

    @property
    def length(self) -> int | None:
        """The bytes of the body, None if it is chunked or ends with the connection."""
        return int(self.fields["content-length"]) if "content-length" in self.fields else None

    @property
    def request_body(self) -> "_Body":
        return _Body(self.length or 0, "chunked" in self.fields.get("transfer-encoding", ""))

    def answer_body(self, method: str) -> "_Body":
        if method == "HEAD" or int(self.raw.split(maxsplit=2)[1]) in BODILESS:
            return _Body(0, chunked=False)
        return _Body(self.length, "chunked" in self.fields.get("transfer-encoding", ""))

    def without(self, field_name: str) -> bytes:
        lines = self.raw.split(b"\r\n")
        return b"\r\n".join(line for line in lines if not line.lower().startswith(field_name.encode() + b":"))


@dataclass(frozen=True)
class _Body:
    """How a body ends: after `length` bytes, with the last chunk, or (length None) with its connection."""

    length: int | None
    chunked: bool


def _pass_body(body: _Body, source: BufferedReader, target: socket.socket | None, alter: Alter) -> None:
    """Copy a body, altered, to `target` if there is one. Raises ConnectionError when it ends too soon."""
    send = target.sendall if target else len
    if not body.chunked:
        _pass_bytes(source, send, body.length, alter, 0)
        return
    done = 0
    while True:
        line = source.readline()
        size = int(line.partition(b";")[0], 16)  # ValueError at the end of the connection
        send(line)
        if not size:
            break
        _pass_bytes(source, send, size, alter, done)
        send(source.readline())
        done += size
    while (line := source.readline()).strip():  # trailers
        send(line)
    send(line)


def _pass_bytes(
    source: BufferedReader, send: Callable[[bytes], object], length: int | None, alter: Alter, offset: int
) -> None:
    end = None if length is None else offset + length
    while end is None or offset < end:
        block = source.read1(BLOCK if end is None else min(BLOCK, end - offset))
        if not block:
            if end is None:
                return
            raise ConnectionError("The body has ended too soon.")
        send(alter(block, offset))
        offset += len(block)


def _unaltered(block: bytes, _: int) -> bytes:
    return block


def _slowly(over: threading.Event, block: bytes, _: int) -> bytes:
    over.wait(0.05)  # seconds
    return block


def _flipped(length: int | None) -> Alter:
    """Flip a bit in the middle of a body; in its first byte if its length is not known."""
    place = (length or 0) // 2

    def alter(block: bytes, offset: int) -> bytes:
        at = place - offset
        return block[:at] + bytes([block[at] ^ 1]) + block[at + 1 :] if 0 <= at < len(block) else block

    return alter


def _cut(length: int | None) -> Alter:
    """End the connection in the middle of a body; after its first block if its length is not known."""
    most = BLOCK if length is None else length // 2

    def alter(block: bytes, offset: int) -> bytes:
        if offset >= most:
            raise ConnectionError("Enough.")
        return block[: most - offset]

    return alter


def _has_hung_up(client: socket.socket) -> bool:
    try:
        return not client.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True


def _bound(port: int) -> socket.socket:
    """Return a socket that keeps a port, and refuses connections until it listens."""
    one = socket.socket()
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.bind(("127.0.0.1", port))
    return one
