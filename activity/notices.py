"""What people are told of, on their pages and by mail: each app names the notices of its own, from AppConfig.ready.

A notice is some kinds of news that are one thing to people, who choose for each of them how they are told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from activity.kinds import Topic

Data = Mapping[str, Any]  # of an event


def _always(_: Data) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Notice:
    """Something that people are told of, what others did or the server itself; `says` says what.

    Who has chosen nothing else is told `on_page` and `by_mail`. `own_mail` are those kinds of which the service that
    does them writes the mail itself. With `always` it is a matter of security: people are told of what they did
    themselves, too, and cannot turn it off. One that `gathers` is told once an hour for each folder and whoever did
    it, with the number. `worth` tells of an event's data whether it is worth telling.
    """

    name: str
    topic: Topic
    says: Promise
    kinds: tuple[str, ...]
    on_page: bool = True
    by_mail: bool = False
    own_mail: tuple[str, ...] = ()
    always: bool = False
    gathers: bool = False
    worth: Callable[[Data], bool] = _always


_notices: dict[str, Notice] = {}
_of_kind: dict[str, Notice] = {}


def register(*notices: Notice) -> None:
    """Make notices known. Raises ValueError for a name that is taken, or a kind that another one has."""
    for notice in notices:
        if notice.name in _notices or _of_kind.keys() & set(notice.kinds):
            raise ValueError(f"{notice.name} is a notice already, or some of its kinds are")
        _notices[notice.name] = notice
        _of_kind.update(dict.fromkeys(notice.kinds, notice))


def find(name: str) -> Notice | None:
    return _notices.get(name)


def of_kind(kind: str) -> Notice | None:
    """Return the notice that tells of such news; None when nobody is told of it."""
    return _of_kind.get(kind)


def known() -> list[Notice]:
    """Return every notice, by topic and then as their apps have named them."""
    order = list(Topic)
    return sorted(_notices.values(), key=lambda notice: order.index(notice.topic))
