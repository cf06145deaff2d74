"""Reads what money is taken with: Paystack's keys, or the simulator where nothing real is at stake.

A value that cannot be used raises WrongSetting, whose message names the setting and never the key.
"""

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from cloudbox.environment import Environment, WrongSetting

PAYSTACK = "https://api.paystack.co"
PAYSTACK_CHECKOUT = "https://checkout.paystack.com"
LIVE = "sk_live_"  # how a key of real money begins
_KEY = re.compile(r"sk_(live|test)_[A-Za-z0-9_]{8,200}")


@dataclass(frozen=True, kw_only=True)
class Paying:
    """How people pay. `keys` are the present secret key and the one before it, empty where nothing is sold.

    `url` is where Paystack's API is, `checkout` the origin of the pages on which people pay.
    """

    billing: bool
    simulated: bool
    keys: tuple[str, ...] = field(repr=False)
    url: str
    checkout: str

    @property
    def mode(self) -> str:
        """What kind of money it is: `live`, `test` or `simulated`."""
        if self.simulated:
            return "simulated"
        return "live" if self.keys and self.keys[0].startswith(LIVE) else "test"


def paying(env: Environment, *, production: bool, own: SplitResult, port: int, secret: str) -> Paying:
    """Return how people pay on a server whose own address is `own`. Raises WrongSetting."""
    wanted = env.choice("CLOUDBOX_BILLING", "auto", choices=("auto", "on", "off"))
    present, previous = _keys(env)
    url = env.text("CLOUDBOX_PAYSTACK_URL", PAYSTACK).rstrip("/")
    simulator_port = env.number("CLOUDBOX_SIMULATOR_PORT", "0", least=0, most=65535) or port + 1
    if urlsplit(url).scheme not in ({"https"} if production else {"http", "https"}):
        raise WrongSetting("CLOUDBOX_PAYSTACK_URL must begin with https:// (outside production, http:// will do).")
    if production and wanted == "on" and not present:
        raise WrongSetting(
            "PAYSTACK_SECRET_KEY must be set in production where CLOUDBOX_BILLING is on: the simulator takes no money."
        )
    billing = wanted == "on" or (wanted == "auto" and bool(present or not production))
    if present or not billing:
        keys = tuple(key for key in (present, previous) if key)
        checkout = PAYSTACK_CHECKOUT if url == PAYSTACK else _origin(url)
        return Paying(billing=billing, simulated=False, keys=keys, url=url, checkout=checkout)
    checkout = f"http://{_host(own)}:{simulator_port}"
    url = f"http://127.0.0.1:{simulator_port}" if url == PAYSTACK else url
    return Paying(billing=True, simulated=True, keys=(simulator_key(secret),), url=url, checkout=checkout)


def simulator_key(secret: str) -> str:
    """Return the key of this installation's simulator, which nobody else knows: webhooks are signed with it."""
    return f"sk_test_{hmac.new(secret.encode(), b'paystack simulator', hashlib.sha256).hexdigest()[:40]}"


def _keys(env: Environment) -> tuple[str, str]:
    """Return the present key and the one before it, which must be of one kind: test money is none."""
    present, previous = _key(env, "PAYSTACK_SECRET_KEY"), _key(env, "PAYSTACK_PREVIOUS_SECRET_KEY")
    if present and previous and present.startswith(LIVE) != previous.startswith(LIVE):
        raise WrongSetting(
            "PAYSTACK_PREVIOUS_SECRET_KEY must be of the kind of PAYSTACK_SECRET_KEY: both live, or both test."
        )
    return present, previous


def _key(env: Environment, name: str) -> str:
    key = env.text(name, secret=True)
    if key and not _KEY.fullmatch(key):
        raise WrongSetting(f"{name} must be a secret key of Paystack, which begins with sk_live_ or sk_test_.")
    return key


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _host(own: SplitResult) -> str:
    host = own.hostname or "127.0.0.1"
    return f"[{host}]" if ":" in host else host
