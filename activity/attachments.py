"""What goes with a mail: each app that has something says how it is made, from AppConfig.ready.

A mail keeps a short name, and the file is made when it is sent: the outbox holds no copies, and nobody waits for one in
a transaction. So only what never changes can be attached.
"""

from collections.abc import Callable
from dataclasses import dataclass

MOST_BYTES = 2**20  # mail servers take some ten, in which it is written half as long again

_makers: dict[str, Callable[[str], "Attachment"]] = {}


@dataclass(frozen=True, kw_only=True)
class Attachment:
    """A file in a mail. `type` is its media type."""

    name: str
    type: str
    content: bytes


def register(kind: str, make: Callable[[str], Attachment]) -> None:
    """Have `make(key)` make what is attached as `<kind>:<key>`."""
    _makers[kind] = make


def made(name: str) -> Attachment | None:
    """Make what is called so; None for the empty string."""
    if not name:
        return None
    kind, _, key = name.partition(":")
    attachment = _makers[kind](key)
    if len(attachment.content) > MOST_BYTES:
        raise ValueError(f"{name} is longer than {MOST_BYTES} bytes.")
    return attachment
