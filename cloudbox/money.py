"""Amounts of money as people read them."""

import re
from decimal import Decimal

from django.utils.formats import number_format

MINOR_UNITS = 100  # in one of every currency that is sold in
_WRITTEN = re.compile(r"(\d{1,3}(?:,\d{3})+|\d{1,13})(?:\.(\d{1,2}))?", re.ASCII)


def as_money(minor: int, currency: str) -> str:
    """Return an amount in minor units as people read it in the language of now: `NGN 5,000.00`, on one line."""
    number = number_format(Decimal(minor) / MINOR_UNITS, decimal_pos=2, use_l10n=True, force_grouping=True)
    return f"{currency}\N{NO-BREAK SPACE}{number}"


def minor_of(written: str) -> int:
    """Return an amount as people write it, `2,000.00`, in minor units. Raises ValueError for what is none."""
    found = _WRITTEN.fullmatch(written.strip())
    if found is None:
        raise ValueError("an amount such as 2,000.00")
    whole, part = found[1].replace(",", ""), (found[2] or "").ljust(2, "0")
    return int(whole) * MINOR_UNITS + int(part)


def plainly(minor: int) -> str:
    """Return an amount as programs and spreadsheets read it: `-2000.00`."""
    return f"{'-' if minor < 0 else ''}{abs(minor) // MINOR_UNITS}.{abs(minor) % MINOR_UNITS:02}"
