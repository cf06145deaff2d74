"""The second factor: codes of an authenticator (TOTP, RFC 6238), and recovery codes for the day it is lost.

The only user of django-otp. Its rows are kept, its throttling is off (settings): that would let anybody who knows a
password lock the owner out for good, so our own limiter counts the guesses.
"""

import re
import secrets
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django_otp.plugins.otp_static.models import StaticDevice, StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

ISSUER = "CloudBox"
NAME = "authenticator"
RECOVERY_CODES = 10
LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that look like another
LETTERS_IN_CODE = 10  # 49 bits
TOTP_CODE = re.compile(r"[0-9]{6}", re.ASCII)
RECOVERY_CODE = re.compile(rf"[{LETTERS}]{{{LETTERS_IN_CODE}}}")

TOTP, RECOVERY = METHODS = ("totp", "recovery_code")

# The role that the user `u` of a query may act in now, as `accounts.staff.role_of` says it.
ROLE = """
CASE WHEN u.is_staff AND %(strict)s
      AND NOT EXISTS (SELECT 1 FROM otp_totp_totpdevice d WHERE d.user_id = u.id AND d.confirmed)
     THEN '' ELSE u.staff_role END
"""


@dataclass(frozen=True)
class Secret:
    """What an authenticator has to know: a secret in base32, and as the address that its QR code holds."""

    secret: str
    uri: str


@dataclass(frozen=True)
class State:
    """Since when somebody has a second factor (None: not), and how many recovery codes are left."""

    since: datetime | None
    recovery_codes_left: int


def is_on(user_id: UUID) -> bool:
    """Return whether the user needs a second factor to sign in."""
    return bool(TOTPDevice.objects.filter(user_id=user_id, confirmed=True).exists())


def state(user_id: UUID) -> State:
    device = TOTPDevice.objects.filter(user_id=user_id, confirmed=True).first()
    if device is None:
        return State(None, 0)
    left = StaticToken.objects.filter(device__user_id=user_id).count()
    return State(device.created_at, left)


def begin(user_id: UUID, username: str) -> Secret:
    """Make a secret that counts once a code of it has been shown. An earlier one that was not is forgotten."""
    with transaction.atomic():
        TOTPDevice.objects.filter(user_id=user_id, confirmed=False).delete()
        device = TOTPDevice.objects.create(user_id=user_id, name=NAME, confirmed=False)
    secret = b32encode(device.bin_key).decode()
    # Google's key URI format, which every authenticator reads.
    label = quote(f"{ISSUER}:{username}", safe="@")
    values = urlencode({"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": 6, "period": 30})
    return Secret(secret, f"otpauth://totp/{label}?{values}")


def confirm(user_id: UUID, code: str) -> bool:
    """Turn the second factor on if the code is one of the secret that `begin` made. In the caller's transaction."""
    device = _locked(user_id, confirmed=False)
    if device is None or is_on(user_id) or not _is_good(device, code):
        return False
    device.confirmed, device.created_at = True, timezone.now()
    device.save(update_fields=["confirmed", "created_at"])
    TOTPDevice.objects.filter(user_id=user_id, confirmed=False).delete()
    return True


def has_begun(user_id: UUID) -> bool:
    """Return whether a secret waits for its first code."""
    return bool(TOTPDevice.objects.filter(user_id=user_id, confirmed=False).exists())


def spend(user_id: UUID, code: str) -> str | None:
    """Use up a code, and return which of the METHODS it was; None for one that does not count (any more).

    Of parallel uses of one code exactly one is told that it counts. In a transaction of its own.
    """
    written = re.sub(r"[\s-]", "", code[:64]).lower()
    with transaction.atomic():
        device = _locked(user_id, confirmed=True)
        if device is None:
            return None
        if TOTP_CODE.fullmatch(written):
            return TOTP if _is_good(device, written) else None
        if not RECOVERY_CODE.fullmatch(written):
            return None
        used, _ = StaticToken.objects.filter(device__user_id=user_id, token=_hashed(user_id, written)).delete()
        return RECOVERY if used else None


def new_recovery_codes(user_id: UUID) -> list[str]:
    """Replace the recovery codes. Nobody can show these again: only a keyed hash of each is kept."""
    codes = ["".join(secrets.choice(LETTERS) for _ in range(LETTERS_IN_CODE)) for _ in range(RECOVERY_CODES)]
    with transaction.atomic():
        StaticDevice.objects.filter(user_id=user_id).delete()
        device = StaticDevice.objects.create(user_id=user_id, name="recovery codes")
        StaticToken.objects.bulk_create(StaticToken(device=device, token=_hashed(user_id, code)) for code in codes)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def turn_off(user_id: UUID) -> bool:
    """Forget secret and recovery codes; return whether there was a second factor."""
    with transaction.atomic():
        StaticDevice.objects.filter(user_id=user_id).delete()
        gone, _ = TOTPDevice.objects.filter(user_id=user_id, confirmed=True).delete()
        TOTPDevice.objects.filter(user_id=user_id).delete()
    return bool(gone)


def forget_unconfirmed(before: datetime) -> int:
    """Delete the secrets that were made before then and never confirmed. Return how many."""
    return int(TOTPDevice.objects.filter(confirmed=False, created_at__lt=before).delete()[0])


def _locked(user_id: UUID, *, confirmed: bool) -> Any:
    """Return the device under a lock: a code that comes twice at once must not count twice."""
    return TOTPDevice.objects.select_for_update().filter(user_id=user_id, confirmed=confirmed).order_by("id").first()


def _is_good(device: Any, code: str) -> bool:
    """Return whether it is a code of now, of 30 seconds ago or ahead, and later than any used before (section 5.2)."""
    return bool(TOTP_CODE.fullmatch(code)) and bool(device.verify_token(code))


def _hashed(user_id: UUID, code: str) -> str:
    """Return what stands for a recovery code: 64 bits of an HMAC under the server's key, as the column is short."""
    return salted_hmac(f"accounts.recovery-code.{user_id}", code, algorithm="sha256").hexdigest()[:16]
