"""Secrets that must be read again, sealed: what lies in the database alone opens none of them.

`CLOUDBOX_KEYS_SECRETS` are any texts, from which the keys are derived (HKDF, RFC 5869). The first seals, all open,
and so does a key derived from SECRET_KEY, so that an installation may begin without the setting.
"""

import base64
from dataclasses import dataclass
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import QuerySet

_PURPOSE = b"cloudbox access keys"


class CannotOpen(Exception):
    """None of this server's secrets opens it: that which sealed it is not set any more."""


@dataclass(frozen=True)
class Resealed:
    """How many secrets were sealed anew, and the ids of what has a secret that could not be opened."""

    count: int
    unopened: list[str]


def seal(secret: str) -> str:
    return _keys().encrypt(secret.encode()).decode()


def opened(sealed: str) -> str:
    """Return what was sealed. Raises CannotOpen."""
    try:
        return _keys().decrypt(sealed).decode()
    except InvalidToken:
        raise CannotOpen from None


def resealed(sealed: str) -> str:
    """Return the same, sealed by the first of the secrets. Raises CannotOpen."""
    try:
        return _keys().rotate(sealed).decode()
    except InvalidToken:
        raise CannotOpen from None


def reseal_each(rows: QuerySet[Any], *, name: str, sealed: str) -> Resealed:
    """Seal the secrets of these rows anew; `name` is the column of what to call one, `sealed` that of its secret."""
    count, unopened = 0, []
    for pk, called, secret in list(rows.exclude(**{sealed: ""}).order_by("pk").values_list("pk", name, sealed)):
        try:
            anew = resealed(secret)
        except CannotOpen:
            unopened.append(str(called))
        else:
            count += rows.model.objects.filter(**{"pk": pk, sealed: secret}).update(**{sealed: anew})
    return Resealed(count, unopened)


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_derived(secret)) for secret in [*settings.CLOUDBOX_KEYS_SECRETS, settings.SECRET_KEY]])


def _derived(secret: str) -> bytes:
    derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE)
    return base64.urlsafe_b64encode(derivation.derive(secret.encode()))
