"""Finding people by what others call them, or by what they do here."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q

from accounts.folding import folded
from accounts.models import User
from accounts.rules import is_text
from activity.outbox import mail
from cloudbox.duties import SUPERUSER


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: UUID
    username: str
    email: str | None
    full_name: str


@dataclass(frozen=True)
class FoundPeople:
    """Who was found, each once.

    `unknown` are the identifiers that name nobody, `unconfirmed` the addresses whose account has not shown that they
    are its user's: anybody may have registered with one.
    """

    found: list[Person]
    unknown: list[str]
    unconfirmed: list[str]


def find_people(identifiers: Iterable[str], *, to_entrust: bool = False) -> FoundPeople:
    """Find people by e-mail address or username, whatever the letter case. One query.

    With `to_entrust`, because they are to get something, an unconfirmed address names nobody, unless this server
    sends no mail, so that nobody could confirm theirs.
    """
    wanted = {identifier: folded(identifier) for identifier in identifiers}
    keys = [key for key in wanted.values() if key and is_text(key)]
    users = list(User.objects.filter(Q(username_key__in=keys) | Q(email_key__in=keys), is_active=True))
    named = {key: user for user in users for key in (user.username_key, user.email_key)}
    unconfirmed = [name for name, key in wanted.items() if "@" in key and _is_unconfirmed(named.get(key))]
    refused = set(unconfirmed) if to_entrust and settings.CLOUDBOX_MAILING.reaches_people else set()
    found = {name: named[key].id for name, key in wanted.items() if key in named and name not in refused}
    ids = set(found.values())
    return FoundPeople(
        [_person(user) for user in users if user.id in ids],
        [name for name in wanted if name not in found],
        unconfirmed,
    )


def names_of(user_ids: Collection[UUID]) -> dict[UUID, str]:
    """Return what the people of these ids are called, of those who are still there. One query, none for nobody."""
    return dict(User.objects.filter(id__in=user_ids).values_list("id", "username")) if user_ids else {}


def may_sign_in(user_id: UUID) -> bool:
    """Say whether the account is neither closed nor suspended."""
    return User.objects.filter(id=user_id, is_active=True, suspended_at=None).exists()


def _is_unconfirmed(user: User | None) -> bool:
    return user is not None and user.email_verified_at is None


def _person(user: User) -> Person:
    return Person(user.id, user.username, user.email, user.full_name)


def mail_staff(role: str, *, kind: str, context: Mapping[str, Any], dedupe: str) -> None:
    """Put a mail to all staff of a role into the outbox, in the caller's transaction: once for each `dedupe`."""
    for address in staff_addresses(role):
        mail(to=address, kind=kind, context=context, dedupe=f"{dedupe}:{address}")


def staff_addresses(*roles: str) -> list[str]:
    """Return the mail addresses of the staff who may sign in and have one of the roles, or are superusers."""
    staff = User.objects.filter(
        staff_role__in=(*roles, SUPERUSER), is_active=True, suspended_at=None, email__isnull=False
    )
    return [user.email for user in staff.order_by("email_key") if user.email]
