"""Who is asking, whatever the door."""

from dataclasses import dataclass
from uuid import UUID

from activity.services import Who
from cloudbox.errors import AccessDenied, NotAuthenticated


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The one who asks, as the credentials of a request told it.

    `groups` are the ids of the `auth.Group`s of the caller's teams. `address` and `agent` go into the
    audit log only.
    """

    user_id: UUID | None = None
    username: str = ""
    is_staff: bool = False
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
    def who(self) -> Who:
        """The caller as the audit log knows people."""
        return Who(id=self.user_id, label=self.username, address=self.address, agent=self.agent)

    def must_be_signed_in(self) -> UUID:
        """Return the caller's user id. Raises NotAuthenticated."""
        if self.user_id is None:
            raise NotAuthenticated
        return self.user_id

    def must_be_staff(self) -> None:
        """Raise NotAuthenticated or AccessDenied unless the caller belongs to the staff."""
        if not self.is_staff:
            self.must_be_signed_in()
            raise AccessDenied("Only the staff of this server may do this.")


SYSTEM = Caller(username="CloudBox", is_staff=True)  # what the server does of its own accord
