"""Who asks, as far as this app knows callers."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request

from activity.person import Person


def me(request: Request) -> UUID:
    """Return the id of the user who asks; the permission of the view has seen to it that there is one."""
    caller: Any = request.auth  # accounts.callers.Caller, which this app does not know
    user_id: UUID = caller.user_id
    return user_id


def person(request: Request) -> Person:
    """Return who asks, for services that ask them something themselves."""
    caller: Any = request.auth  # the same
    asks: Person = caller
    return asks
