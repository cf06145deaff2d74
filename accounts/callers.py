"""Who is asking, whatever the door."""

from dataclasses import dataclass
from uuid import UUID


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

    @property
    def signed_in(self) -> bool:
        return self.user_id is not None
