"""What the body of a webhook says. Pure, and it never fails: whoever signed it may still have sent anything."""

import json
import re
from dataclasses import dataclass, field
from typing import Any

NAME = re.compile(r"[a-z0-9_.-]{1,64}")
LONGEST = 255  # characters of a reference
PAID = "charge.success"
REFUND = "refund."  # how their names begin
DISPUTE = "charge.dispute."


@dataclass(frozen=True, kw_only=True)
class Heard:
    """An event. `reference` is that of its charge; `fault` says why nobody can act on it."""

    event: str = ""
    reference: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    fault: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether it is of a kind that is acted on, and can be."""
        return not self.fault and (self.event == PAID or self.event.startswith((REFUND, DISPUTE)))


def heard_in(raw: bytes) -> Heard:
    """Return what a body says."""
    try:
        said = json.loads(raw.decode(), parse_constant=_refuse)
    except (ValueError, RecursionError):  # also bytes that are not UTF-8, and numbers of thousands of digits
        return Heard(fault="It is no JSON.")
    event = said.get("event") if isinstance(said, dict) else None
    if not isinstance(event, str) or not NAME.fullmatch(event):
        return Heard(fault="It names no event.")
    data = said["data"] if isinstance(said.get("data"), dict) else None
    if data is None:
        return Heard(event=event, fault="It has no object as its data.")
    reference = _reference(event, data)
    if event == PAID and not reference:
        return Heard(event=event, data=data, fault="It names no charge.")
    return Heard(event=event, reference=reference, data=data)


def _reference(event: str, data: dict[str, Any]) -> str:
    """Return which charge it is about, where each kind says it; empty where that is no text that could name one."""
    said = data.get("reference")
    if event.startswith(REFUND):
        said = data.get("transaction_reference")
    elif event.startswith(DISPUTE):
        charge = data.get("transaction")
        said = charge.get("reference") if isinstance(charge, dict) else None
    is_name = isinstance(said, str) and len(said) <= LONGEST and said.isprintable()
    return str(said) if is_name else ""


def _refuse(constant: str) -> None:
    raise ValueError(constant)
