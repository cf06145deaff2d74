"""Who is asking, whatever the door."""

from dataclasses import dataclass
from uuid import UUID

from accounts.refusals import KeyNotEnough
from activity.services import Who
from cloudbox.duties import SUPERUSER
from cloudbox.errors import AccessDenied, NotAuthenticated


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How far an access key goes: what it may do (words of `AccessKey.Scope`), and maybe only in one folder.

    A link goes no further than its asset, which may be a file, and what lies below and inherits; `most` is the number
    of the highest role that it gives. With `adds_only` whoever comes puts things in, and sees nothing.
    """

    key_id: str  # the public one
    scopes: frozenset[str]
    folder_id: UUID | None = None
    most: int | None = None
    adds_only: bool = False

    def must_have(self, *scopes: str) -> None:
        """Raise KeyNotEnough unless the key has all of these scopes."""
        missing = [scope for scope in scopes if scope not in self.scopes]
        if missing:
            raise KeyNotEnough(f"The access key lacks the scope {', '.join(missing)}.", missing=missing)


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The one who asks, as the credentials of a request told it.

    `groups` are the ids of the `auth.Group`s of the caller's teams. `address` and `agent` go into the
    audit log only. `staff_role` is empty for those who do not belong to the staff. `limits` are those of
    an access key, None for somebody who is here in person. `link_id` is the link through which somebody comes whom
    nobody knows: they act as its maker, cut down by `limits`, but are not the author of what they make.
    """

    user_id: UUID | None = None
    username: str = ""
    staff_role: str = ""
    groups: tuple[int, ...] = ()
    address: str = ""
    agent: str = ""
    session_id: UUID | None = None
    limits: Limits | None = None
    link_id: UUID | None = None

    @classmethod
    def anonymous(cls, *, address: str = "", agent: str = "") -> "Caller":
        return cls(address=address, agent=agent)

    @property
    def signed_in(self) -> bool:
        return self.user_id is not None

    @property
    def author_id(self) -> UUID | None:
        """Who has made what this caller makes; None when nobody knows."""
        return None if self.link_id else self.user_id

    @property
    def is_staff(self) -> bool:
        return bool(self.staff_role)

    @property
    def who(self) -> Who:
        """The caller as the audit log knows people; who comes through a link is nobody but that."""
        if self.link_id:
            return Who(label=self.username, address=self.address, agent=self.agent)
        label = f"{self.username} (key {self.limits.key_id})" if self.limits else self.username
        return Who(id=self.user_id, label=label, address=self.address, agent=self.agent)

    @property
    def adds_only(self) -> bool:
        """Whether the caller may put things somewhere, and see nothing: not even which names are taken."""
        return self.limits is not None and self.limits.adds_only

    def must_be_signed_in(self) -> UUID:
        """Return the caller's user id. Raises NotAuthenticated, and AccessDenied for somebody who comes by a link."""
        if self.user_id is None:
            raise NotAuthenticated
        if self.link_id:
            raise AccessDenied("A link opens what it is for, and nothing else of its maker's.")
        return self.user_id

    def must_be_in_person(self) -> UUID:
        """Return the caller's user id. Raises NotAuthenticated, and KeyNotEnough for an access key.

        What decides who may use the account asks this: its password, profile, sessions, keys, teams and the like.
        """
        user_id = self.must_be_signed_in()
        if self.limits:
            raise KeyNotEnough("An access key may not do this; sign in.")
        return user_id

    def must_see_account(self) -> UUID:
        """Return the caller's user id. Raises NotAuthenticated, and KeyNotEnough for a key that sees less than all."""
        user_id = self.must_be_signed_in()
        if self.limits:
            self.limits.must_have("read")
            if self.limits.folder_id:
                raise KeyNotEnough("This concerns the whole account, and the access key is for one folder.")
        return user_id

    def must_be_staff(self, *roles: str) -> None:
        """Raise NotAuthenticated or AccessDenied unless the caller has one of the roles, or is a superuser.

        Without a role named, everybody of the staff may.
        """
        if not self.is_staff:
            self.must_be_signed_in()
            raise AccessDenied("Only the staff of this server may do this.")
        if roles and self.staff_role not in (*roles, SUPERUSER):
            raise AccessDenied(f"Only {' and '.join(sorted({*roles, SUPERUSER}))} of the staff may do this.")


SYSTEM = Caller(username="CloudBox", staff_role=SUPERUSER)  # what the server does of its own accord
