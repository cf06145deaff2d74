"""Sizes as people read them: in the sentences of the API, and in their own language on pages."""

from django.utils.formats import number_format
from django.utils.translation import ngettext

UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def as_text(size: int) -> str:
    """Return a number of bytes in the largest unit that it fills: `5 GiB`, `1.5 MiB`, `1 byte`."""
    number, unit = _in_unit(size)
    if not unit:
        return f"{size} byte{'' if size == 1 else 's'}"
    return f"{number:.1f}".removesuffix(".0") + f" {unit}"


def exactly(size: int) -> str:
    """Return the same number of bytes as a setting or a dialog reads it again: `5 GiB`, `1536 MiB`, `1025`."""
    unit = ""
    for larger in UNITS[:4]:
        if not size or size % 1024:
            break
        size, unit = size // 1024, f" {larger}"
    return f"{size}{unit}"


def for_people(size: int) -> str:
    """Return the same as the reader's language writes it: `1,5 MiB`."""
    number, unit = _in_unit(size)
    if not unit:
        return ngettext("%(count)s byte", "%(count)s bytes", size) % {"count": number_format(size)}
    rounded = round(number, 1)  # number_format cuts off
    shown = number_format(rounded, decimal_pos=0 if rounded.is_integer() else 1)
    return f"{shown} {unit}"


def _in_unit(size: int) -> tuple[float, str]:
    """Return the number and the unit; without a unit it is bytes."""
    number = float(size)
    if abs(number) < 1024:  # noqa: PLR2004 - bytes of a KiB
        return number, ""
    for unit in UNITS:
        number /= 1024
        if abs(number) < 1023.95 or unit == UNITS[-1]:  # noqa: PLR2004 - what would be shown as 1024.0
            break
    return number, unit
