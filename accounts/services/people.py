"""Finding people by what others call them, or by what they do here."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from accounts.folding import folded
from accounts.models import User
from accounts.rules import is_text


@dataclass(frozen=True)
class Person:
    """Somebody with an account."""

    id: UUID
    username: str
    email: str | None
    full_name: str


@dataclass(frozen=True)
class FoundPeople:
    """Who was found, each once, and which of the identifiers name nobody."""

    found: list[Person]
    unknown: list[str]


def find_people(identifiers: Iterable[str]) -> FoundPeople:
    """Find people by e-mail address or username, whatever the letter case. One query."""
    wanted = {identifier: folded(identifier) for identifier in identifiers}
    keys = [key for key in wanted.values() if key and is_text(key)]
    users = list(User.objects.filter(Q(username_key__in=keys) | Q(email_key__in=keys), is_active=True))
    known = {key for user in users for key in (user.username_key, user.email_key)}
    return FoundPeople(
        [Person(user.id, user.username, user.email, user.full_name) for user in users],
        [identifier for identifier, key in wanted.items() if key not in known],
    )


def staff_addresses() -> list[str]:
    """Return the mail addresses of the staff who may sign in."""
    staff = User.objects.filter(is_staff=True, is_active=True, suspended_at=None, email__isnull=False)
    return [user.email for user in staff.order_by("email_key") if user.email]
