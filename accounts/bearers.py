"""Who holds a token. Each kind of token brings the query that tells whose it is, if it still counts."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from django.db import connection

from accounts.callers import Caller, Limits
from accounts.refusals import TokenRefused

GROUPS = "ARRAY(SELECT g.group_id FROM accounts_user_groups g WHERE g.user_id = u.id)"


class Person(NamedTuple):
    """Somebody whose token counts; what the query of each kind returns, under these names.

    The last ones are of access keys: a session has no scopes, which is not the same as a key without any.
    `is_stale`: nobody has noted for some minutes that the key was used.
    """

    user_id: UUID
    username: str
    staff_role: str
    groups: Sequence[int]
    key_id: str | None
    scopes: Sequence[str] | None
    folder_id: UUID | None
    is_stale: bool

    @property
    def limits(self) -> Limits | None:
        if self.key_id is None or self.scopes is None:
            return None
        return Limits(key_id=self.key_id, scopes=frozenset(self.scopes), folder_id=self.folder_id)


@dataclass
class Bearer(ABC):
    """Somebody with a token that looks right. Whether it counts, PostgreSQL has not been asked yet."""

    visitor: Caller
    WHO: ClassVar[str]  # the query; the gate asks it within its own

    @property
    @abstractmethod
    def user_id(self) -> UUID | None:
        """Whose token it says it is; None when it does not say."""

    @property
    @abstractmethod
    def values(self) -> dict[str, Any]:
        """What WHO asks for."""

    @abstractmethod
    def caller(self, person: Person) -> Caller:
        """Return who this has turned out to be."""

    def caller_like(self, person: Person, session_id: UUID | None) -> Caller:
        return Caller(
            user_id=person.user_id,
            username=person.username,
            staff_role=person.staff_role,
            groups=tuple(person.groups),
            address=self.visitor.address,
            agent=self.visitor.agent,
            session_id=session_id,
            limits=person.limits,
        )


def person_of(bearer: Bearer) -> Person | None:
    """Return who holds the token, if it counts. One query."""
    with connection.cursor() as cursor:
        cursor.execute(bearer.WHO, bearer.values)
        row = cursor.fetchone()
    return Person(*row) if row else None


def proven(asking: Caller | Bearer) -> Caller:
    """Return the Caller, asking after the token of a Bearer. Raises NotAuthenticated when that does not count."""
    if isinstance(asking, Caller):
        return asking
    person = person_of(asking)
    if person is None:
        raise TokenRefused
    return asking.caller(person)
