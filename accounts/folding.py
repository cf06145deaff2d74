"""Names that look alike are one name: the keys under which accounts are unique. Pure."""

import unicodedata


def folded(text: str) -> str:
    """Return `text` as it is compared: NFKC, casefolded (Unicode section 3.13, D145) and trimmed."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).strip()
