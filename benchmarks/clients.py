"""Lean HTTP/1.1 clients: what they cost is taken from the servers that they measure, so they do little."""

import contextlib
import multiprocessing
import os
import socket
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_BUFFER = 2**18  # bytes received at a time
_processes = multiprocessing.get_context("fork")


class Wire:
    """One connection that is kept as long as the server keeps it. `headers` go with every request."""

    def __init__(self, port: int, headers: Mapping[str, str] | None = None, timeout: float = 120) -> None:
        self._port, self._timeout = port, timeout
        self._socket = self._connected()
        self._buffer = bytearray(_BUFFER)
        fixed = {"Host": f"127.0.0.1:{port}", **(headers or {})}
        self._fixed = "".join(f"{name}: {value}\r\n" for name, value in fixed.items())

    def _connected(self) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=self._timeout)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def close(self) -> None:
        self._socket.close()

    def get(self, path: str, **headers: str) -> int:
        """Read an answer, throw its body away and return how many bytes that had."""
        self._send_head("GET", path, headers, None)
        return self._answer(keep=False)[0]

    def read(self, method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
        """Return the body of an answer."""
        self._send_head(method, path, headers, len(body) if body or method in {"PUT", "POST"} else None, body)
        return self._answer()[1]

    def put(self, path: str, body: bytes | Path, method: str = "PUT", **headers: str) -> bytes:
        """Send bytes, or a file without taking it through this program; return the answer."""
        if isinstance(body, bytes):
            return self.read(method, path, body, **headers)
        with body.open("rb") as file:
            self._send_head(method, path, headers, os.fstat(file.fileno()).st_size)
            self._socket.sendfile(file)
        return self._answer()[1]

    def begin_put(self, path: str, size: int, sent: bytes) -> None:
        """Announce a body of `size` bytes, send its beginning, and leave it at that."""
        self._send_head("PUT", path, {}, size)
        self._socket.sendall(sent)

    def get_slowly(self, path: str, bytes_per_second: int) -> int:
        """Read an answer no faster than that; return its size."""
        self._send_head("GET", path, {}, None)
        return self._answer(keep=False, bytes_per_second=bytes_per_second)[0]

    def put_slowly(self, path: str, file: Path, bytes_per_second: int) -> None:
        """Send a file no faster than that."""
        size = file.stat().st_size
        self._send_head("PUT", path, {}, size)
        step = 2**18
        with file.open("rb") as opened:
            for _ in pace(size, step, bytes_per_second):
                self._socket.sendall(opened.read(step))
        self._answer()

    def _send_head(
        self, method: str, path: str, headers: Mapping[str, str], size: int | None, body: bytes = b""
    ) -> None:
        lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
        if size is not None:
            lines += f"Content-Length: {size}\r\n"
        self._socket.sendall(f"{method} {path} HTTP/1.1\r\n{self._fixed}{lines}\r\n".encode() + body)

    def _answer(self, *, keep: bool = True, bytes_per_second: int = 0) -> tuple[int, bytes]:
        """Return the size of the body, and the body if it is kept. Raises AssertionError for a refusal."""
        head, body = self._head()
        status, size = int(head[9:12]), _length(head)
        keep = keep or status >= 400
        left = size - len(body)
        began = time.perf_counter()
        while left > 0:
            got = self._socket.recv_into(self._buffer, min(left, _BUFFER))
            if not got:
                raise ConnectionError(f"{left} bytes are missing")
            if keep:
                body += self._buffer[:got]
            left -= got
            if bytes_per_second:
                time.sleep(max(0.0, (size - left) / bytes_per_second - (time.perf_counter() - began)))
        assert status < 400, f"{status}: {bytes(body[:300])!r}"
        if b"\r\nconnection: close" in head.lower():
            self._socket.close()
            self._socket = self._connected()
        return size, bytes(body)

    def _head(self) -> tuple[bytes, bytearray]:
        """Return the head of an answer, and what has come with it."""
        received = bytearray()
        while b"\r\n\r\n" not in received:
            block = self._socket.recv(65536)
            if not block:
                raise ConnectionError(f"the server hung up after {bytes(received)!r}")
            received += block
        head, _, body = received.partition(b"\r\n\r\n")
        return bytes(head), body


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def pace(size: int, step: int, bytes_per_second: int) -> Iterator[None]:
    """Yield once for each step, never faster than asked."""
    began = time.perf_counter()
    for done in range(0, size, step):
        yield
        time.sleep(max(0.0, (done + step) / bytes_per_second - (time.perf_counter() - began)))


def side_by_side(works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run each of the works in a process of its own, all at once, and return what they returned.

    A work that raises makes this raise too.
    """
    answers = [_processes.Pipe(duplex=False) for _ in works]
    running = [
        _processes.Process(target=_run, args=(work, sender), daemon=True)
        for work, (_, sender) in zip(works, answers, strict=True)
    ]
    for process in running:
        process.start()
    for _, sender in answers:
        sender.close()
    results = []
    for process, (receiver, _) in zip(running, answers, strict=True):
        with contextlib.closing(receiver):
            try:
                result = receiver.recv()
            except EOFError:
                result = RuntimeError("a client died")
        process.join()
        results.append(result)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return results


def _run(work: Callable[[], Any], sender: Any) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001  the parent raises it
        result = RuntimeError(repr(error))
    sender.send(result)
