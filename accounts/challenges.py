"""What somebody with a second factor holds between the password and the code.

A challenge is signed, names the user and their token version, and is good for five minutes, five codes and one
sign-in. How many codes it has seen is in Redis; without Redis nobody with a second factor signs in, since nothing
would limit the guesses.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

from django.core import signing
from django.core.cache import cache
from redis import RedisError

from accounts.models import User
from accounts.refusals import ChallengeRefused
from cloudbox.errors import Busy
from cloudbox.ids import new_id

LIFETIME = 300  # seconds
MOST_CODES = 5
SALT = "accounts.challenge"
LONGEST = 1024  # characters


@dataclass(frozen=True)
class Asked:
    """A challenge that was ours, and counts so far."""

    id: UUID
    user_id: UUID
    version: int


def ask(user: User) -> str:
    """Make a challenge for the user. Raises Busy."""
    challenge_id = new_id()
    with _redis():
        cache.set(_key(challenge_id), 0, LIFETIME)
    return signing.dumps([challenge_id.hex, user.id.hex, user.token_version], salt=SALT)


def read(challenge: str) -> Asked:
    """Return what a challenge says. Raises ChallengeRefused."""
    if len(challenge) > LONGEST or not challenge.isascii():
        raise ChallengeRefused
    try:
        challenge_id, user_id, version = signing.loads(challenge, salt=SALT, max_age=LIFETIME)
    except signing.BadSignature as error:
        raise ChallengeRefused from error
    return Asked(UUID(challenge_id), UUID(user_id), version)


def count_code(asked: Asked) -> None:
    """Count a code that is about to be looked at. Raises ChallengeRefused for one too many, and Busy."""
    with _redis():
        try:
            codes = cache.incr(_key(asked.id))
        except ValueError as error:  # used, or over
            raise ChallengeRefused from error
        if codes > MOST_CODES:
            raise ChallengeRefused


def close(asked: Asked) -> None:
    """Use the challenge up; of parallel sign-ins with it all but one raise ChallengeRefused. Raises Busy."""
    with _redis():
        if not cache.delete(_key(asked.id)):
            raise ChallengeRefused


@contextmanager
def _redis() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise Busy("Signing in with two-factor is not possible just now.", retry_after=10) from error


def _key(challenge_id: UUID) -> str:
    return f"challenge:{challenge_id.hex}"
