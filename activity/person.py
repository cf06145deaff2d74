"""What this app asks of whoever calls it: an accounts.callers.Caller, which it does not know."""

from typing import Protocol
from uuid import UUID

from activity.services import Who


class Person(Protocol):
    @property
    def who(self) -> Who:
        """How the audit log knows them."""

    def must_be_in_person(self) -> UUID:
        """Return their user id. Raises NotAuthenticated, and a refusal for an access key."""

    def must_see_account(self) -> UUID:
        """Return their user id. Raises NotAuthenticated, and a refusal for a key that sees less than all."""

    def must_be_staff(self, *roles: str) -> None:
        """Raise NotAuthenticated or AccessDenied unless they have one of the roles."""
