"""The Redis that counts for all web processes: it answers at once, or whoever asks goes on without it."""

from functools import cache

from django.conf import settings
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry


@cache
def counters() -> Redis:
    # The client's ten retries would hold up every request for seconds while Redis is down.
    once_more = Retry(NoBackoff(), 1)
    return Redis.from_url(settings.CACHE_URL, socket_connect_timeout=1, socket_timeout=1, retry=once_more)
