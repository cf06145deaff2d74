"""Who is asking, whatever the door."""

from dataclasses import dataclass
from uuid import UUID

from activity.services import Who
from cloudbox.errors import AccessDenied, NotAuthenticated

SUPERUSER = "superuser"  # the role that may do all that the others may


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The one who asks, as the credentials of a request told it.

    `groups` are the ids of the `auth.Group`s of the caller's teams. `address` and `agent` go into the
    audit log only. `staff_role` is empty for those who do not belong to the staff.
    """

    user_id: UUID | None = None
    username: str = ""
    staff_role: str = ""
    groups: tuple[int, ...] = ()
    address: str = ""
    agent: str = ""
    session_id: UUID | None = None

    @classmethod
    def anonymous(cls, *, address: str = "", agent: str = "") -> "Caller":
        return cls(address=address, agent=agent)

    @property
    def signed_in(self) -> bool:
        return self.user_id is not None

    @property
    def is_staff(self) -> bool:
        return bool(self.staff_role)

    @property
    def who(self) -> Who:
        """The caller as the audit log knows people."""
        return Who(id=self.user_id, label=self.username, address=self.address, agent=self.agent)

    def must_be_signed_in(self) -> UUID:
        """Return the caller's user id. Raises NotAuthenticated."""
        if self.user_id is None:
            raise NotAuthenticated
        return self.user_id

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
