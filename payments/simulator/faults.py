"""How the simulator misbehaves, as a test or somebody who tries something wishes."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

MOST_COPIES, MOST_SECONDS, ERRORS = 1000, 10**7, range(400, 600)
FORGERIES = ("signature", "amount", "reference")
CALLS = ("initialize", "verify", "charges", "charge", "refund", "refunds", "refund_of", "disputes", "dispute_of")
REFUND_ENDS = ("processed", "failed", "needs-attention")


class WrongFault(ValueError):
    """A fault that there is not; the message names it."""


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """What befalls a call. With `after`, it has done what was asked before it is answered as if it had not."""

    call: str = "*"  # one of CALLS, or each
    status: int = 0  # what is answered instead; 0 is the true answer
    cut: bool = False  # the connection ends without an answer
    hang: float = 0  # seconds before anything is answered
    after: bool = False
    times: int = 0  # until it is over; 0 is never


@dataclass(frozen=True, kw_only=True)
class Faults:
    """All that goes wrong. Shares are from 0 to 1, and drawn by `seed`, so that they fall alike each time."""

    duplicate: int = 0  # how many more copies of each webhook are sent
    reorder: float = 0  # seconds for which webhooks are held back, and then sent newest first
    delay: float = 0  # seconds before a webhook is sent
    drop: float = 0  # the share of webhooks that never come
    drop_every: int = 0  # or each so many-th
    forge: tuple[str, ...] = ()  # what is sent before each true webhook: some of FORGERIES
    troubles: tuple[Trouble, ...] = ()
    amount: int = 0  # so many minor units more or less are charged than was asked for
    currency: str = ""  # in which is charged, whatever was asked for
    domain: str = "test"
    late: float = 0  # seconds until a payment succeeds
    bearer: str = "account"  # or `customer`, who then pays the fees on top
    refund_after: float | None = None  # seconds until a refund moves on by itself
    refund_end: str = "processed"  # or another of REFUND_ENDS
    unknown: int = 404  # the status where a transaction is not known; it has been 400, too
    seed: int = 0

    def but(self, **changes: Any) -> Self:
        """Return these faults with some changed. Raises WrongFault."""
        return replace(self, **_checked(changes))

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(name, value) for name, value in changes.items()}


def _value(name: str, value: Any) -> Any:
    check = _CHECKS.get(name)
    if check is None:
        raise WrongFault(f"There is no fault {name!r}.")
    if name == "troubles":
        return tuple(each if isinstance(each, Trouble) else _trouble(each) for each in _list(name, value))
    if name == "forge":
        value = tuple(_list(name, value))
    if not check(value):
        raise WrongFault(f"{name} cannot be {value!r}.")
    return value


def _trouble(given: Any) -> Trouble:
    if not isinstance(given, Mapping):
        raise WrongFault("A trouble is an object.")
    for name, value in given.items():
        check = _TROUBLE_CHECKS.get(name)
        if check is None or not check(value):
            raise WrongFault(f"troubles: {name} cannot be {value!r}.")
    return Trouble(**given)


def _list(name: str, value: Any) -> list[Any] | tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise WrongFault(f"{name} is a list.")
    return value


def _count(value: Any) -> bool:
    return type(value) is int and 0 <= value <= MOST_COPIES


def _seconds(value: Any) -> bool:
    return type(value) in {int, float} and 0 <= value <= MOST_SECONDS


def _flag(value: Any) -> bool:
    return type(value) is bool


_CHECKS: dict[str, Callable[[Any], bool]] = {
    "duplicate": _count,
    "reorder": _seconds,
    "delay": _seconds,
    "drop": lambda value: type(value) in {int, float} and 0 <= value <= 1,
    "drop_every": _count,
    "forge": lambda value: all(each in FORGERIES for each in value),
    "troubles": lambda _: True,
    "amount": lambda value: type(value) is int and abs(value) < 10**12,
    "currency": lambda value: isinstance(value, str) and len(value) in {0, 3},
    "domain": lambda value: value in {"live", "test"},
    "late": _seconds,
    "bearer": lambda value: value in {"account", "customer"},
    "refund_after": lambda value: value is None or _seconds(value),
    "refund_end": lambda value: value in REFUND_ENDS,
    "unknown": lambda value: value in {400, 404},
    "seed": lambda value: type(value) is int,
}
_TROUBLE_CHECKS: dict[str, Callable[[Any], bool]] = {
    "call": lambda value: value in {"*", *CALLS},
    "status": lambda value: type(value) is int and (value == 0 or value in ERRORS),
    "cut": _flag,
    "hang": _seconds,
    "after": _flag,
    "times": _count,
}
assert set(_CHECKS) == {field.name for field in fields(Faults)}  # noqa: S101 - the two lists are one
