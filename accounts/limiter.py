"""No unlimited guessing of passwords, and no lock-out that a stranger could cause for good.

Every try counts before the password is looked at; a right one is taken off again. After some free tries
each further one must wait twice as long as the one before, up to a cap. Counted are the tries of one
network at one account, of one network at all accounts, and of all networks at one account; the last do
not hold up a network from which the account has signed in before. An hour without tries forgets them.
Accounts that one network registers are slowed down likewise.

The counters live in Redis. While it is down nothing is limited but the hashes at a time.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import structlog
from redis import RedisError

from accounts.folding import folded
from cloudbox.counters import counters
from cloudbox.errors import TooManyRequests

PREFIX = "cloudbox:sign-in:"
FORGET_AFTER = 3600  # seconds
KNOWN_FOR = 30 * 24 * 3600  # seconds

COUNT = """
local time = redis.call('TIME')
local now, wait, limit = time[1] + time[2] / 1e6, 0, 0
for i, key in ipairs(KEYS) do
  local longer = (tonumber(redis.call('HGET', key, 'until')) or 0) - now
  if longer > wait then wait, limit = longer, tonumber(ARGV[2 * i]) end
end
if wait > 0 then return {math.ceil(wait), limit} end
for i, key in ipairs(KEYS) do
  local free, cap = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local over = redis.call('HINCRBY', key, 'tries', 1) - free
  if over >= 0 then
    redis.call('HSET', key, 'until', string.format('%.6f', now + math.min(2 ^ math.min(over, 30), cap)))
  end
  redis.call('EXPIRE', key, ARGV[1])
end
return {0, 0}
"""
UNCOUNT = """
for _, key in ipairs(KEYS) do
  if redis.call('HINCRBY', key, 'tries', -1) <= 0 then
    redis.call('DEL', key)
  else
    redis.call('HDEL', key, 'until')
  end
end
"""

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Limit:
    """How many tries are free, and how many seconds a later one waits at most."""

    free: int
    cap: int


ONE_AT_ONE = Limit(free=5, cap=300)
ONE_AT_ALL = Limit(free=50, cap=60)
ALL_AT_ONE = Limit(free=50, cap=30)
REGISTRATIONS = Limit(free=50, cap=60)  # of one network
REPORTS = Limit(free=10, cap=300)  # of abuse, of one network
LETTERS_OF_ONE = Limit(free=20, cap=300)  # of one network to one mailbox
LETTERS_OF_ALL = Limit(free=50, cap=60)  # of all networks to one mailbox


@dataclass(frozen=True)
class Attempt:
    """A try that was counted."""

    account: str
    network: str
    keys: tuple[str, ...]

    def succeeded(self) -> None:
        """Take it off again, forget this network's failures at the account, and know the network from now on."""
        try:
            redis = counters()
            redis.delete(_key("pair", self.account, self.network))
            redis.eval(UNCOUNT, len(self.keys) - 1, *self.keys[1:])
            redis.set(_key("known", self.account, self.network), 1, ex=KNOWN_FOR)
        except RedisError as error:
            log.warning("sign_in_limit_unavailable", error=type(error).__name__)


def attempt(*, account: str, address: str, to: str = "sign in") -> Attempt:
    """Count a try of somebody at `address` to sign in to `account`, or to do what `to` says. Raises TooManyRequests."""
    network = network_of(address)
    limits = {_key("pair", account, network): ONE_AT_ONE}
    if not _is_loopback(network):  # a proxy that we were not told of: everybody comes from there
        limits[_key("network", network)] = ONE_AT_ALL
    try:
        if not counters().exists(_key("known", account, network)):
            limits[_key("account", account)] = ALL_AT_ONE
        wait, free = _count(limits)
    except RedisError as error:
        log.warning("sign_in_limit_unavailable", error=type(error).__name__)
        wait = free = 0
    if wait:
        raise TooManyRequests(f"Too many attempts to {to}. Wait a little.", retry_after=wait, limit=free)
    return Attempt(account, network, tuple(limits))


def registration(*, address: str) -> None:
    """Count that somebody at `address` makes an account, which costs as much as a guess. Raises TooManyRequests."""
    _count_of_network("registration", address, REGISTRATIONS, "Too many new accounts from your network.")


def report(*, address: str) -> None:
    """Count that somebody at `address` reports abuse, whom nobody knows. Raises TooManyRequests."""
    _count_of_network("report", address, REPORTS, "Too many reports from your network.")


def letter(*, to: str, address: str) -> None:
    """Count that somebody at `address` has a mail sent to the mailbox of somebody, perhaps a stranger.

    Each account may do so a few times in an hour; this is for whoever has many accounts. Raises TooManyRequests.
    """
    key = folded(to)
    of_one, of_all = _key("letter", key, network_of(address)), _key("letters", key)
    try:
        wait, free = _count({of_one: LETTERS_OF_ONE, of_all: LETTERS_OF_ALL})
    except RedisError as error:
        log.warning("sign_in_limit_unavailable", error=type(error).__name__)
        return
    if wait:
        raise TooManyRequests("Many mails were sent there already. Wait a little.", retry_after=wait, limit=free)


def forgive(*, account: str, address: str) -> None:
    """Forget what was tried from there at the account, whose user has shown in another way who they are."""
    network = network_of(address)
    Attempt(account, network, (_key("pair", account, network),)).succeeded()


def _count_of_network(kind: str, address: str, limit: Limit, said: str) -> None:
    network = network_of(address)
    if _is_loopback(network):
        return
    try:
        wait, free = _count({_key(kind, network): limit})
    except RedisError as error:
        log.warning("sign_in_limit_unavailable", error=type(error).__name__)
        return
    if wait:
        raise TooManyRequests(f"{said} Wait a little.", retry_after=wait, limit=free)


def _count(limits: Mapping[str, Limit]) -> tuple[int, int]:
    """Count a try, unless it has to wait: return how many seconds, and how many tries are free where it must."""
    numbers = [number for limit in limits.values() for number in (limit.free, limit.cap)]
    wait, free = counters().eval(COUNT, len(limits), *limits, FORGET_AFTER, *numbers)
    return wait, free


def network_of(address: str) -> str:
    """Return the network that counts as one guesser: /24 in IPv4, /64 in IPv6."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return str(ip_network((ip, 24 if ip.version == 4 else 64), strict=False))  # noqa: PLR2004 - IP version 4


def _is_loopback(network: str) -> bool:
    try:
        return ip_network(network).is_loopback
    except ValueError:
        return True


def _key(kind: str, *subjects: str) -> str:
    """Return a key that tells nobody who tried: what people type as their name may be their password."""
    text = "\0".join(subjects).encode(errors="surrogatepass")
    return f"{PREFIX}{kind}:{hashlib.sha256(text).hexdigest()}"
