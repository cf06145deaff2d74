"""What names, addresses and the other words of a profile may be. Pure."""

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from accounts.folding import folded
from cloudbox.errors import BadInput, BadInputs

LONGEST = {
    "username": 254,
    "email": 254,
    "first_name": 150,
    "middle_name": 150,
    "last_name": 150,
    "country": 100,
    "phone": 32,
    "recovery_mail": 254,
    "recovery_no": 32,
    "security_quest": 255,
    "security_ans": 255,
}  # characters
LONGEST_REASON = 255  # characters
DETAILS = frozenset(LONGEST) - {"username", "email"} | {"date_of_birth"}
ADDRESSES = {"email", "recovery_mail"}
NUMBERS = {"phone", "recovery_no"}
PUNCTUATION = frozenset("_ .+-'")
# Letters and marks that nobody sees (Unicode's Default_Ignorable_Code_Point): with them names look alike.
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]")
NUMBER = re.compile(r"[0-9+()./ -]+")


def is_text(text: str) -> bool:
    """Return whether `text` can be stored and printed: no NUL, no control character, no lone surrogate."""
    return not any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


def checked_reason(reason: str, *, longest: int = LONGEST_REASON) -> str:
    """Return why somebody does something, trimmed. Raises BadInput."""
    reason = reason.strip()
    if not 0 < len(reason) <= longest or not is_text(reason):
        raise BadInput("reason", f"Say why, in one line of at most {longest} characters.")
    return reason


def clean_fields(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields as they are stored: trimmed, NFC. Raises BadInputs that names each wrong one."""
    cleaned, errors = {}, []
    for name, value in fields.items():
        try:
            cleaned[name] = _birthday(value) if name == "date_of_birth" else _text(name, value)
        except ValueError as error:
            errors.append({"field": name, "reason": str(error)})
    if errors:
        raise BadInputs(errors)
    return cleaned


def check_username(username: str, email: str | None) -> None:
    """Raise BadInput unless somebody with this address may be called so.

    A name that looks like an address must be one's own: things are shared by either.
    """
    if "@" in username:
        if folded(username) != folded(email or ""):
            raise BadInput("username", "A username with an @ must be your own e-mail address.")
    elif not all(map(_is_fit_for_names, username)) or "  " in username:
        raise BadInput("username", "Only letters, digits, single spaces and . + - _ ' are allowed.")


def as_username(text: str) -> str:
    """Return what is left of `text` as a username of at most 100 characters, maybe nothing."""
    fit = "".join(filter(_is_fit_for_names, unicodedata.normalize("NFC", text)))
    return " ".join(fit.split())[:100].strip()


def _is_fit_for_names(character: str) -> bool:
    """Return whether it is a letter, mark or digit that can be seen, or one of a few signs."""
    is_word = unicodedata.category(character)[0] in "LMN" and not INVISIBLE.match(character)
    return is_word or character in PUNCTUATION


def _text(name: str, value: Any) -> str:
    text = unicodedata.normalize("NFC", value or "").strip()
    if not is_text(text):
        raise ValueError("Has characters that cannot be stored.")
    # Folding may lengthen a text, and the folded one must fit as well.
    if max(len(text), len(folded(text))) > LONGEST[name]:
        raise ValueError(f"Longer than {LONGEST[name]} characters.")
    if text and name in ADDRESSES:
        _check_address(text)
    if text and name in NUMBERS and not NUMBER.fullmatch(text):
        raise ValueError("Not a phone number.")
    return text


def _check_address(text: str) -> None:
    try:
        validate_email(text)
    except ValidationError:
        raise ValueError("Not an e-mail address.") from None
    # A domain may be written in other letters, but not in invisible ones.
    if not text.isprintable() or " " in text:
        raise ValueError("Not an e-mail address.")


def _birthday(value: date | None) -> date | None:
    if value and not date(1900, 1, 1) <= value <= datetime.now(UTC).date():
        raise ValueError("Not a date of birth.")
    return value
