"""Sizes as people read them. Pure."""

UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


def as_text(size: int) -> str:
    """Return a number of bytes in the largest unit that it fills: `5 GiB`, `1.5 MiB`, `1 byte`."""
    if abs(size) < 1024:  # noqa: PLR2004 - bytes of a KiB
        return f"{size} byte{'' if size == 1 else 's'}"
    number = float(size)
    for unit in UNITS:
        number /= 1024
        if abs(number) < 1023.95 or unit == UNITS[-1]:  # noqa: PLR2004 - what would be shown as 1024.0
            break
    return f"{number:.1f}".removesuffix(".0") + f" {unit}"
