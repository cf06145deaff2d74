"""HTTP as bytes on a socket, for what no well-behaved client sends."""

import http.client
import socket
import time
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Reply:
    """An answer. Header names are in lower case. A status of 0 means that there was none."""

    status: int
    headers: dict[str, str]
    body: bytes


class Wire:
    """One connection to a server."""

    def __init__(self, url: str, *, patience: float = 30) -> None:
        parts = urlsplit(url)
        self.host = parts.netloc
        self._socket = socket.create_connection((parts.hostname, parts.port), timeout=patience)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def send(self, data: bytes) -> bool:
        """Send bytes as they are; false when the server no longer takes them."""
        try:
            self._socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def drip(self, data: bytes, *, seconds: float) -> bool:
        """Send the bytes one by one, over so long; false when the server no longer takes them."""
        for index in range(len(data)):
            if not self.send(data[index : index + 1]):
                return False
            time.sleep(seconds / len(data))
        return True

    def head(self, method: str, path: str, *headers: str) -> bool:
        """Send a request line and headers, and no body."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", *headers, "", ""]
        return self.send("\r\n".join(lines).encode("latin-1"))

    def reply(self, method: str = "GET") -> Reply:
        """Read the next answer."""
        response = http.client.HTTPResponse(self._socket, method=method)
        try:
            response.begin()
            headers = {name.lower(): value for name, value in response.getheaders()}
            return Reply(response.status, headers, response.read())
        except (http.client.HTTPException, ConnectionResetError):
            return Reply(0, {}, b"")
        finally:
            response.close()

    def rest(self) -> bytes:
        """Read until the server hangs up."""
        received = b""
        while more := self._socket.recv(65536):
            received += more
        return received

    def stop_sending(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def break_off(self) -> None:
        """End the connection at once, as a crashed client's machine does."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self._socket.close()


def ask(url: str, method: str, path: str, *headers: str, body: bytes = b"") -> Reply:
    """Send one request as it is and read its answer."""
    with Wire(url) as wire:
        wire.head(method, path, *headers)
        if body:
            wire.send(body)
        return wire.reply(method)
