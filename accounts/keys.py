"""Access keys: what they are made of, how a request's key is looked up, and how their secrets are kept.

A key's token is `cb_<key id>_<secret>`. The key id is not secret, and is the access key id of S3. Of the token only
the SHA-256 is kept: it has 238 random bits, so nothing slower is needed. The secret is sealed beside it, for
protocols that sign with it.
"""

import hashlib
import re
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.db.models.functions import Now

from accounts.bearers import GROUPS, Bearer, Person
from accounts.callers import Caller
from accounts.models import AccessKey
from accounts.refusals import TokenRefused
from cloudbox import sealing

STATIC = "STATIC"  # how the id of a key begins that the server's operator has set, and no other
_ID_LENGTH, _SECRET_LENGTH = 20, 40
_OF_IDS, _OF_SECRETS = string.ascii_uppercase + string.digits, string.ascii_letters + string.digits
_ID = re.compile(r"[A-Z0-9]{20}")
_TOKEN = re.compile(r"cb_([A-Z0-9]{20})_([A-Za-z0-9]{40})")
_SIGNED = re.compile(r"eyJ[\w-]*\.[\w-]*\.[\w-]*", re.ASCII)  # a JWT (RFC 7519): its first letters are those of `{"`

# Whose key it is, if it and its user are still in order. It makes nobody one of the staff.
_COUNTING = f"""
SELECT u.id AS user_id, u.username, '' AS staff_role, {GROUPS} AS groups,
       k.key_id::text, k.scopes::text[], k.folder_id,
       COALESCE(k.last_used_at < statement_timestamp() - interval '5 minutes', true) AS is_stale
FROM accounts_accesskey k JOIN accounts_user u ON u.id = k.user_id
WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > statement_timestamp())
  AND u.is_active AND u.suspended_at IS NULL
"""  # noqa: S608  made of constants
WHO = f"{_COUNTING} AND k.token_hash = %(token_hash)s"
OF_USER = f"{_COUNTING} AND k.user_id = %(user)s AND k.key_id = %(key)s"

# Nobody waits for this: whoever finds the row locked leaves it to the next request.
_MARK_USED = """
UPDATE accounts_accesskey SET last_used_at = statement_timestamp(), last_used_from = %s
 WHERE id = (SELECT id FROM accounts_accesskey
              WHERE key_id = %s AND COALESCE(last_used_at < statement_timestamp() - interval '5 minutes', true)
                FOR UPDATE SKIP LOCKED)
"""


@dataclass
class KeyBearer(Bearer):
    """Somebody with the token of an access key. Whose it is, is known once it has been looked up."""

    token_hash: str = field(repr=False)
    WHO: ClassVar[str] = WHO
    _user_id: UUID | None = None

    @classmethod
    def of(cls, token: str, visitor: Caller) -> "KeyBearer":
        return cls(visitor, hash_of(token))

    @property
    def user_id(self) -> UUID | None:
        return self._user_id

    @property
    def values(self) -> dict[str, Any]:
        return {"token_hash": self.token_hash}

    def caller(self, person: Person) -> Caller:
        """Return who this has turned out to be, and note every five minutes that the key is used."""
        self._user_id = person.user_id
        if person.is_stale:
            with connection.cursor() as cursor:
                cursor.execute(_MARK_USED, [self.visitor.address[:45], person.key_id])
        return self.caller_like(person, None)


def new_key_id() -> str:
    while (key_id := _random(_OF_IDS, _ID_LENGTH)).startswith(STATIC):
        pass
    return key_id


def new_static_key_id() -> str:
    return STATIC + _random(_OF_IDS, _ID_LENGTH - len(STATIC))


def new_secret() -> str:
    return _random(_OF_SECRETS, _SECRET_LENGTH)


def token_of(key_id: str, secret: str) -> str:
    return f"cb_{key_id}_{secret}"


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def is_key(token: str) -> bool:
    """Say whether a token is to be looked up as an access key: by its looks, or as nothing else could be."""
    return bool(_TOKEN.fullmatch(token) or (settings.CLOUDBOX_BLOBS_TOKEN and not _SIGNED.fullmatch(token)))


def token_in_basic(user: str, password: str) -> str:
    """Return the token that Basic (RFC 7617) means: its password, after any name; or key id and secret together."""
    if _ID.fullmatch(user) and not _TOKEN.fullmatch(password):
        return token_of(user, password)
    return password


def living() -> Q:
    """Return the condition of keys that count, as far as they themselves are concerned."""
    return Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=Now()))


def secret_of(key_id: str) -> str:
    """Return the secret of a key that counts, for protocols that sign with it (AWS Signature Version 4).

    Raises TokenRefused; the key's user is told by `KeyBearer.of(token_of(key_id, secret), visitor)`. Raises CannotOpen.
    """
    user_in_order = Q(user__is_active=True, user__suspended_at=None)
    found = AccessKey.objects.filter(living() & user_in_order, key_id=key_id).exclude(sealed_secret="")
    sealed = found.values_list("sealed_secret", flat=True).first()
    if sealed is None:
        raise TokenRefused
    return sealing.opened(sealed)


def sealed_too(reseal: Callable[[], sealing.Resealed]) -> None:
    """Register, from an AppConfig.ready, who seals other secrets anew when `reseal` does."""
    _sealed_too.append(reseal)


def reseal() -> sealing.Resealed:
    """Seal every secret anew with the first of CLOUDBOX_KEYS_SECRETS, also while keys are made and used."""
    ours = sealing.reseal_each(AccessKey.objects.filter(revoked_at=None), name="key_id", sealed="sealed_secret")
    parts = [ours, *(reseal_others() for reseal_others in _sealed_too)]
    return sealing.Resealed(sum(part.count for part in parts), [name for part in parts for name in part.unopened])


_sealed_too: list[Callable[[], sealing.Resealed]] = []


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
