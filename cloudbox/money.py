"""Amounts of money as people read them."""

from decimal import Decimal

from django.utils.formats import number_format

MINOR_UNITS = 100  # in one of every currency that is sold in


def as_money(minor: int, currency: str) -> str:
    """Return an amount in minor units as people read it in the language of now: `NGN 5,000.00`, on one line."""
    number = number_format(Decimal(minor) / MINOR_UNITS, decimal_pos=2, use_l10n=True, force_grouping=True)
    return f"{currency}\N{NO-BREAK SPACE}{number}"
