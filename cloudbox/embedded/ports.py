"""Ports: taken or free, told before anything is started."""

import errno
import socket

from cloudbox.embedded import CannotStart

HIGHEST = 65535


def checked(host: str, port: int) -> int:
    """Return the port that can be listened on; for 0 a free one. Raises CannotStart."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except socket.gaierror:
        raise CannotStart(f"{host} is not an address of this machine; see --host.") from None
    except OSError as error:
        raise CannotStart(_reason(host, port, error)) from None


def free(host: str, wanted: int) -> int:
    """Return the wanted port if it is free, else any. Raises CannotStart."""
    try:
        return checked(host, wanted if wanted <= HIGHEST else 0)
    except CannotStart:
        return checked(host, 0)


def _reason(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is taken by another program; choose one with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} may be opened by root only; choose one above 1023 with --port."
    if error.errno == errno.EADDRNOTAVAIL:
        return f"{host} is not an address of this machine; see --host."
    return f"Port {port} on {host} cannot be opened: {error.strerror}."
