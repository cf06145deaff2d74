"""Finding things wherever they are: search, what was shared, favourites, and what was changed last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.callers import Caller
from assets import finding, shared
from assets.access import folder_for
from assets.filters import Filters
from assets.lists import Child, Order
from assets.services.tree import order_in
from assets.shapes import AssetView, Person, view_of
from assets.shared import Grantee, Received
from assets.words import SCOPES, Ability, Kind, Role
from cloudbox.pages import Page, page_of, values_of

LATEST_FIRST = "-modified"


@dataclass(frozen=True)
class SharedWithMe:
    """An asset that somebody gave the caller, or a team of theirs: as `role`, at a moment, maybe until another.

    `by` is None when nobody knows any more who gave it.
    """

    asset: AssetView
    role: str
    at: datetime
    expires_at: datetime | None
    by: Person | None
    team: Person | None


@dataclass(frozen=True)
class SharedByMe:
    """An asset that the caller let others use: people, teams, whoever has one of their links, or anyone."""

    asset: AssetView
    people: list[Grantee]
    teams: list[Grantee]
    links: int


def search(
    *,
    by: Caller,
    filters: Filters,
    folder_id: UUID | None = None,
    sort: str = "name",
    cursor: str | None = None,
    limit: int = 50,
) -> Page[AssetView]:
    """Return a page of the assets that `filters` want, in the order of `sort`, among all that the caller may see.

    That is their own tree and what was granted to them or their teams. Below `folder_id`, which they may see, it is
    also what is open to anyone; an access key for one folder always looks there. Raises BadInput.
    """
    if by.link_id:
        by.must_be_signed_in()  # a link is not for searching: what is found knows nothing of how far it goes
    if by.limits:
        by.limits.must_have(*SCOPES[Ability.READ])
        folder_id = folder_id or by.limits.folder_id
    owns = False
    if folder_id is None:
        by.must_be_signed_in()
    else:
        folder = folder_for(by, folder_id, Ability.READ)
        owns = folder.role is Role.OWNER
    order = _order(sort, cursor)
    found = finding.search(by, filters, order, limit=limit + 1, folder_id=folder_id, owns=owns)
    return _page(found, limit, view_of, order)


def recent(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[AssetView]:
    """Return a page of the files that the caller may see, those that were changed last first."""
    return search(by=by, filters=Filters(kind=Kind.FILE), sort=LATEST_FIRST, cursor=cursor, limit=limit)


def favourites(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[AssetView]:
    """Return a page of what the caller likes and may still see, the last liked first."""
    by.must_see_account()
    after = values_of(cursor, int)
    found = shared.liked_by(by, after=after[0] if after else None, limit=limit + 1)
    return page_of(found, limit, shown=lambda liked: view_of(liked[0]), after=lambda liked: (liked[1],))


def shared_with_me(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[SharedWithMe]:
    """Return a page of what was granted to the caller or to their teams, the latest first."""
    by.must_see_account()
    after = values_of(cursor, datetime, UUID)
    found = shared.given_to(by, after=(after[0], after[1]) if after else None, limit=limit + 1)
    return page_of(found, limit, shown=_received, after=lambda row: (row.at, row.child.asset.id))


def shared_by_me(*, by: Caller, sort: str = "name", cursor: str | None = None, limit: int = 50) -> Page[SharedByMe]:
    """Return a page of what the caller let others use, with who that is."""
    by.must_see_account()
    order = _order(sort, cursor)
    found = shared.given_by(by, order, limit=limit + 1)
    whom = shared.to_whom(by, [child.asset.id for child in found])

    def given(child: Child) -> SharedByMe:
        gave = whom[child.asset.id]
        return SharedByMe(view_of(child), gave.people, gave.teams, gave.links)

    return _page(found, limit, given, order)


def _order(sort: str, cursor: str | None) -> Order:
    column, holds, descending = order_in(sort)
    after = values_of(cursor, holds, UUID)
    return Order(column, descending, (after[0], after[1]) if after else None)


def _page(found: list[Child], limit: int, shown: Callable[[Child], Any], order: Order) -> Page[Any]:
    return page_of(found, limit, shown=shown, after=lambda child: (getattr(child.asset, order.column), child.asset.id))


def _received(row: Received) -> SharedWithMe:
    return SharedWithMe(
        view_of(row.child),
        row.role,
        row.at,
        row.expires_at,
        Person(*row.giver) if row.giver else None,
        Person(*row.team) if row.team else None,
    )
