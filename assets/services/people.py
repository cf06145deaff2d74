"""Who else may use an asset: viewers, editors, and anyone."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.callers import Caller
from accounts.services import find_people
from accounts.sharing import AnyOneAccess, Granted, grant, people_with, revoke
from activity.services import mail
from assets.access import Entry, allowed, asset_for
from assets.locks import lock_as_seen
from assets.models import Asset
from assets.preconditions import Tags, check_tags
from assets.record import record
from assets.services.tree import get
from assets.shapes import AssetView, Person
from assets.words import SCOPES, Ability
from cloudbox.errors import AccessDenied, BadInput

MOST_PEOPLE = 100  # in one call


@dataclass(frozen=True)
class Collaborator:
    """Somebody an asset is shared with, as `viewer` or `editor`."""

    id: UUID
    username: str
    full_name: str
    role: str


@dataclass(frozen=True)
class People:
    """Who has a role on an asset itself. `unknown` are the names in a request that belong to nobody."""

    asset_id: UUID
    owner: Person
    people: list[Collaborator]
    unknown: list[str]


def people_of(*, by: Caller, asset_id: UUID, role: str) -> People:
    """Return the viewers or editors of an asset, as far as the caller may know them.

    Owner and editors see all, a viewer only themselves, everybody else only who the owner is.
    """
    return _people(by, asset_for(by, asset_id, Ability.READ), role)


def add_people(*, by: Caller, asset_id: UUID, role: str, names: Sequence[str], notify: bool = False) -> People:
    """Make people (by username or e-mail) viewers or editors; those who are new to it get a mail if `notify`."""
    with transaction.atomic():
        entry = _sharable(asset_for(by, asset_id, Ability.SHARE))
        people = find_people(_few(names))
        asset = lock_as_seen(entry.asset)
        others = [person for person in people.found if person.id != asset.owner_id]
        added, _ = grant(asset, role, users=[person.id for person in others], given_by=by.user_id)
        for person in others:
            if person.id in added:
                record(f"{asset.kind}_shared", by, asset, user_id=str(person.id), role=role)
                if notify and person.email:
                    _tell(by, asset, person.email, role)
        return _people(by, entry, role, people.unknown)


def remove_people(*, by: Caller, asset_id: UUID, role: str, names: Sequence[str]) -> None:
    """Take the role from people. Whoever has a role may also give up their own."""
    with transaction.atomic():
        entry = asset_for(by, asset_id, Ability.READ)
        found = find_people(_few(names)).found
        if {person.id for person in found} != {by.user_id}:
            allowed(by, entry, Ability.SHARE)
        elif by.limits:
            by.limits.must_have(*SCOPES[Ability.SHARE])
        asset = lock_as_seen(entry.asset)
        removed, _ = revoke(asset, role, users=[person.id for person in found])
        for user_id in removed:
            record(f"{asset.kind}_unshared", by, asset, user_id=str(user_id), role=role)


def set_any_one_access(*, by: Caller, asset_id: UUID, access: str, tags: Tags = None) -> AssetView:
    """Say what people without a role may do: nothing (`restricted`), view, or edit once signed in."""
    if access not in AnyOneAccess.values:
        raise BadInput("any_one_access", f"One of {', '.join(AnyOneAccess.values)}.")
    with transaction.atomic():
        entry = _sharable(asset_for(by, asset_id, Ability.SHARE))
        asset = lock_as_seen(entry.asset)
        check_tags(tags, str(asset.revision))
        if asset.any_one_access != access:
            Asset.objects.filter(pk=asset.id).update(any_one_access=access, revision=F("revision") + 1)
            record("any_one_access_set", by, asset, any_one_access=access)
        return get(by=by, asset_id=asset_id)


def _people(by: Caller, entry: Entry, role: str, unknown: Sequence[str] = ()) -> People:
    granted = [row for row in people_with(entry.asset, role) if row.user_id]
    seen = [row for row in granted if Ability.SHARE in entry.abilities or row.user_id == by.user_id]
    return People(
        asset_id=entry.asset.id,
        owner=Person(entry.asset.owner_id, entry.owner_name),
        people=[_collaborator(row) for row in seen],
        unknown=list(unknown),
    )


def _collaborator(row: Granted) -> Collaborator:
    if row.user_id is None:
        raise ValueError("A team is not a person.")
    return Collaborator(row.user_id, row.name, row.full_name, row.permission)


def _sharable(entry: Entry) -> Entry:
    if entry.asset.parent_id is None:
        raise AccessDenied("A root folder is not shared; share a folder in it.")
    return entry


def _few(names: Sequence[str]) -> Sequence[str]:
    if not 1 <= len(names) <= MOST_PEOPLE:
        raise BadInput("users", f"Name 1 to {MOST_PEOPLE} people.")
    return names


def _tell(by: Caller, asset: Asset, address: str, role: str) -> None:
    mail(
        to=address,
        kind="shared_with_you",
        context={"by": by.username, "name": asset.name, "kind": asset.kind, "role": role, "asset_id": str(asset.id)},
    )
