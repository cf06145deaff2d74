"""A store that does not answer is left alone for a while: not every blob that waits for it need find that out.

What is known of it is in the cache that all processes share. Without the cache every store is thought well.
"""

import logging
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from django.core.cache import cache
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

FAILURES = 3  # in a row, after which a store rests
SHORTEST, LONGEST = 5, 60  # seconds of a rest, which doubles with each failure
_FORGOTTEN_AFTER = 3600  # seconds after the last failure

_Asked = ParamSpec("_Asked")


def _unless_the_cache_is_away(ask: Callable[_Asked, bool]) -> Callable[_Asked, bool]:
    @wraps(ask)
    def asking(*args: _Asked.args, **kwargs: _Asked.kwargs) -> bool:
        try:
            return ask(*args, **kwargs)
        except RedisError as error:
            log.warning("rests_not_known", extra={"error": type(error).__name__})
            return False

    return asking


@_unless_the_cache_is_away
def rests(store: str) -> bool:
    """Say whether the store is to be left alone just now."""
    return cache.get(_rest(store)) is not None


@_unless_the_cache_is_away
def is_failing(store: str) -> bool:
    """Say whether the store failed so often that one blob at a time is enough to see whether it is well again."""
    return int(cache.get(_failures(store), 0)) >= FAILURES


@_unless_the_cache_is_away
def failed(store: str) -> bool:
    """Tell that the store did not take a blob; True when it rests now."""
    cache.add(_failures(store), 0, _FORGOTTEN_AFTER)
    try:
        count = cache.incr(_failures(store))
    except ValueError:  # somebody else has found it well in this moment
        return False
    cache.touch(_failures(store), _FORGOTTEN_AFTER)
    if count < FAILURES:
        return False
    cache.set(_rest(store), 1, min(SHORTEST * 2 ** min(count - FAILURES, 10), LONGEST))
    return True


@_unless_the_cache_is_away
def answers(store: str) -> bool:
    """Tell that the store has taken a blob; True when it is well again after it had been failing."""
    was_failing = is_failing(store)
    if was_failing:
        wake(store)
    return cache.delete(_failures(store)) and was_failing


@_unless_the_cache_is_away
def wake(store: str) -> bool:
    """Let the store be asked at once; True when it was resting."""
    return cache.delete(_rest(store))


def _rest(store: str) -> str:
    return f"store-rests:{store}"


def _failures(store: str) -> str:
    return f"store-fails:{store}"
