"""How somebody wants to be told of what: as each notice is by itself, until they choose."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction

from activity import notices
from activity.models import Preference
from activity.notices import Notice
from cloudbox.errors import BadInput

WAYS = ("on_page", "by_mail")


@dataclass(frozen=True)
class Choice:
    """How somebody is told of a notice."""

    notice: Notice
    on_page: bool
    by_mail: bool


def choices_of(user_id: UUID) -> list[Choice]:
    """Return how the user is told of everything there is to be told of. One query."""
    chosen = of_people([user_id])
    return [of(chosen, user_id, notice) for notice in notices.known()]


def choose(user_id: UUID, wishes: Mapping[str, Mapping[str, Any]]) -> list[Choice]:
    """Choose how to be told of some notices, by name; what is not named stays. Return all choices.

    Raises BadInput that names what is no notice, no way of telling, or is always told.
    """
    with transaction.atomic():
        now = {choice.notice.name: choice for choice in choices_of(user_id)}
        wanted = [_chosen(now.get(name), name, wish) for name, wish in wishes.items()]
        chosen = [choice for choice in wanted if choice != now[choice.notice.name]]
        Preference.objects.bulk_create(
            [
                Preference(user_id=user_id, kind=choice.notice.name, on_page=choice.on_page, by_mail=choice.by_mail)
                for choice in chosen
            ],
            update_conflicts=True,
            unique_fields=["user", "kind"],
            update_fields=WAYS,
        )
        return choices_of(user_id)


def of_people(user_ids: Collection[UUID]) -> dict[tuple[UUID, str], Choice]:
    """Return what these users have chosen themselves, by user and name of the notice. One query."""
    rows = Preference.objects.filter(user_id__in=user_ids)
    known = {(row.user_id, row.kind): (notices.find(row.kind), row) for row in rows}
    return {
        key: Choice(notice, row.on_page, row.by_mail)
        for key, (notice, row) in known.items()
        if notice and not notice.always
    }


def mailed(user_id: UUID, kind: str) -> bool:
    """Say whether the user wants mail about such news."""
    notice = notices.of_kind(kind)
    if notice is None or notice.always:
        return True
    row = Preference.objects.filter(user_id=user_id, kind=notice.name).first()
    return row.by_mail if row else notice.by_mail


def of(chosen: Mapping[tuple[UUID, str], Choice], user_id: UUID, notice: Notice) -> Choice:
    """Return what the user has chosen of the notice, or how it is by itself."""
    return chosen.get((user_id, notice.name)) or Choice(notice, notice.on_page, notice.by_mail)


def _chosen(now: Choice | None, name: str, wish: object) -> Choice:
    if now is None:
        raise BadInput(name, "There is no such notice.")
    if now.notice.always:
        raise BadInput(name, "Of this you are always told.")
    if not isinstance(wish, Mapping) or not wish.keys() <= set(WAYS):
        raise BadInput(name, f"An object with {' and '.join(WAYS)}.")
    if not all(isinstance(value, bool) for value in wish.values()):
        raise BadInput(name, "true or false.")
    return Choice(now.notice, wish.get("on_page", now.on_page), wish.get("by_mail", now.by_mail))
