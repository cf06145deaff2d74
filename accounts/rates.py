"""So many requests in a time, of one address and of one user or access key, counted for all web processes together.

A request takes a place, and places come back one by one (GCRA): so `600/minute` lets 600 come at once, then ten a
second, and no minute has a border at which twice as many pass. One that is refused takes no place, so nobody is kept
out for longer than it takes for one to come back. However large a body is, its request counts once.

One round trip to Redis, none where no limit is set. While Redis is away nothing is limited.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import structlog
from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from redis import RedisError

from accounts import keys, tokens
from accounts.credentials import token_of
from cloudbox.counters import counters
from cloudbox.environment import Rate
from cloudbox.errors import NotAuthenticated, TooManyRequests
from cloudbox.middleware import HEALTH, SIGNED
from cloudbox.problems import problem_response

PREFIX = "cloudbox:rate:"
AWAY = 5.0  # seconds that Redis is not asked again once it has not answered

# Of each key: when all its places will be free again. Beyond the clock of Redis, which may be set, nobody waits longer.
TAKE = """
local time = redis.call('TIME')
local now, waits = time[1] + time[2] / 1e6, 0
local filled, answer = {}, {}
for i, key in ipairs(KEYS) do
  local limit, period = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local before = math.min(math.max(tonumber(redis.call('GET', key) or 0), now), now + period)
  filled[i] = before + period / limit
  local wait = filled[i] - now - period
  if wait > 1e-6 then
    waits = 1
    answer[i] = {math.max(1, math.ceil(wait)), 0, math.max(1, math.ceil(wait))}
  else
    answer[i] = {0, math.floor(-wait * limit / period + 1e-3), math.ceil(filled[i] - now)}
  end
end
if waits == 0 then
  for i, key in ipairs(KEYS) do
    redis.call('SET', key, string.format('%.6f', filled[i]), 'PX', math.ceil((filled[i] - now) * 1000))
  end
end
return answer
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a limit stands after a request: places that are free, and seconds until all of them are.

    `wait` is in seconds, too; 0 lets the request pass.
    """

    rate: Rate
    wait: int
    remaining: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """The fields of draft-ietf-httpapi-ratelimit-headers-06, which programs know, for one limit."""
        return {
            "RateLimit-Limit": str(self.rate.requests),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
            "RateLimit-Policy": f"{self.rate.requests};w={self.rate.seconds}",
        }


class Limited:
    """The middleware: it stands before everything but what a page loads, also before addresses that do not exist."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self.per_address, self.per_key = settings.CLOUDBOX_RATE_PER_ADDRESS, settings.CLOUDBOX_RATE_PER_KEY
        self._ask_again_at = 0.0
        if not self.per_address and not self.per_key:
            raise MiddlewareNotUsed

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path in HEALTH or SIGNED.fullmatch(request.path):
            return self.get_response(request)
        standing = self._standing(request)
        if standing is None:
            return self.get_response(request)
        if standing.wait:
            refusal = TooManyRequests("Too many requests. Wait a little.", retry_after=standing.wait)
            response: HttpResponseBase = problem_response(refusal, request)
        else:
            response = self.get_response(request)
        for name, value in standing.headers.items():
            response.headers[name] = value
        return response

    def _standing(self, request: HttpRequest) -> Standing | None:
        """Count the request; return the limit that is nearest, None if nothing limits it."""
        limits = {}
        if self.per_address:
            limits[f"{PREFIX}address:{neighbourhood(request.META.get('REMOTE_ADDR', ''))}"] = self.per_address
        if self.per_key and (whose := _credentials(request)):
            limits[f"{PREFIX}{whose}"] = self.per_key
        if not limits or time.monotonic() < self._ask_again_at:
            return None
        try:
            return take(limits)
        except RedisError as error:
            self._ask_again_at = time.monotonic() + AWAY  # so that a Redis that hangs does not hold up each request
            log.warning("rate_limit_unavailable", error=type(error).__name__)
            return None


def take(limits: dict[str, Rate]) -> Standing:
    """Take a place of each, or of none if one has no more. Return how the nearest stands. Raises RedisError."""
    numbers = [number for rate in limits.values() for number in (rate.requests, rate.seconds)]
    answers = counters().eval(TAKE, len(limits), *limits, *numbers)
    standings = [
        Standing(rate=rate, wait=wait, remaining=remaining, reset=reset)
        for rate, (wait, remaining, reset) in zip(limits.values(), answers, strict=True)
    ]
    return min(standings, key=lambda standing: (-standing.wait, standing.remaining))


def neighbourhood(address: str) -> str:
    """Return what counts as one address: it, or the /64 of an IPv6 address, in which a machine chooses freely."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ip if ip.version == 4 else ip_network((ip, 64), strict=False))  # noqa: PLR2004 - IP version 4


def _credentials(request: HttpRequest) -> str | None:
    """Return who is counted: an access key, a user by their access tokens, or a browser's session.

    Whether it lives, nobody has looked. A key that somebody makes up has places of its own, but takes those of the
    address, too.
    """
    try:
        token = token_of(request)
        if token is not None:
            return f"key:{keys.hash_of(token)}" if keys.is_key(token) else f"user:{tokens.read_access(token).user_id}"
    except NotAuthenticated:  # its refusal is for the door to say
        return None
    session = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    return f"session:{keys.hash_of(session)}" if session.isascii() and session else None
