"""Sign-ins on their way through a provider: what the first half leaves for the second, in Redis for ten minutes.

Whoever comes with the state takes it out, and it is gone: a second one finds nothing.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from redis import Redis

PREFIX = "cloudbox:oauth:"
LIFETIME = 600  # seconds


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """`user_id` is who began it to link an identity; None for somebody who wants to sign in."""

    provider: str
    redirect_uri: str
    user_id: UUID | None
    memory: dict[str, Any]


def keep(state: str, conversation: Conversation) -> None:
    """Keep it for whoever comes back with the state."""
    _redis().set(_key(state), json.dumps(asdict(conversation), default=str), ex=LIFETIME)


def take(state: str) -> Conversation | None:
    """Return it to the first who asks, and to nobody after them."""
    found = _redis().getdel(_key(state))
    if not found:
        return None
    kept = json.loads(found)
    return Conversation(**kept | {"user_id": UUID(kept["user_id"]) if kept["user_id"] else None})


@cache
def _redis() -> Redis:
    return Redis.from_url(settings.CACHE_URL, socket_connect_timeout=2, socket_timeout=5)


def _key(state: str) -> str:
    return PREFIX + hashlib.sha256(state.encode(errors="surrogatepass")).hexdigest()
