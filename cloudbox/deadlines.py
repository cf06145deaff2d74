"""A time limit for all of a call to another machine.

One for each read alone never ends an answer that drips. So whoever connects says so by `watch`, and the connection is
cut from another thread when the time is over.
"""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar


class Deadline:
    """The end of a call. After `has_cut`, what looks like an answer is half of one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self.has_cut = False

    def watch(self, connection: socket.socket) -> None:
        """Take note of the connection that the call has made."""
        with self._lock:
            self._forget()
            self._socket = connection.dup()  # TLS takes the other one over
        if self.has_cut:  # while the name was looked up
            self.cut()

    def cut(self) -> None:
        """End the connection, in whatever state it is."""
        self.has_cut = True
        with self._lock, suppress(OSError):
            if self._socket:
                self._socket.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with self._lock:
            self._forget()

    def _forget(self) -> None:
        if self._socket:
            self._socket.close()
        self._socket = None


_present: ContextVar[Deadline] = ContextVar("deadline")


def watch(connection: socket.socket) -> None:
    """Have the connection cut when the time of the block that it is made in is over."""
    _present.get().watch(connection)


@contextmanager
def within(seconds: float) -> Iterator[Deadline]:
    """Cut the connection that is made in the block when it takes longer."""
    deadline = Deadline()
    timer = threading.Timer(seconds, deadline.cut)
    timer.daemon = True
    token = _present.set(deadline)
    timer.start()
    try:
        yield deadline
    finally:
        timer.cancel()
        _present.reset(token)
        deadline.close()
