"""Who else may use an asset: viewers, editors, teams of them, and anyone; and whether those above count."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import F

from accounts import limiter
from accounts.callers import Caller
from accounts.services import FoundPeople, find_people, teams
from accounts.services.teams import TeamShown
from accounts.sharing import AnyOneAccess, Granted, grant, people_with, revoke
from activity.services import mail
from assets.access import Entry, allowed, asset_for, of_kind
from assets.locks import lock_as_seen
from assets.models import Asset
from assets.preconditions import Tags, check_tags
from assets.record import record
from assets.services.tree import get
from assets.shapes import AssetView, Person
from assets.words import GIVES, SCOPES, Ability, Kind
from cloudbox.errors import AccessDenied, BadInput, TooManyRequests
from jobs import services as jobs

ROLES = ("editor", "viewer")  # the one that may do more first
MOST_PEOPLE = 100  # in one call, and as many teams
TELL_TEAMS = "assets.tell_teams"


@dataclass(frozen=True)
class Collaborator:
    """Somebody an asset is shared with, as `viewer` or `editor`."""

    id: UUID
    username: str
    full_name: str
    role: str


@dataclass(frozen=True)
class SharedTeam:
    """A team that an asset is shared with, and how many are in it."""

    id: UUID
    name: str
    members: int
    role: str


@dataclass(frozen=True)
class People:
    """Who has a role on an asset itself.

    Of the names in a request, `unknown` belong to nobody, and `unconfirmed` are addresses that nobody has confirmed.
    """

    asset_id: UUID
    owner: Person
    people: list[Collaborator]
    teams: list[SharedTeam]
    unknown: list[str]
    unconfirmed: list[str]


def people_of(*, by: Caller, asset_id: UUID, role: str) -> People:
    """Return the viewers or editors of an asset, people and teams, as far as the caller may know them.

    Owner and editors see all, a viewer only themselves and their teams, everybody else only who the owner is.
    """
    return _people(by, asset_for(by, asset_id, Ability.READ), role)


def add_people(
    *,
    by: Caller,
    asset_id: UUID,
    role: str,
    names: Sequence[str] = (),
    team_ids: Collection[UUID] = (),
    notify: bool = False,
    expires_at: datetime | None = None,
) -> People:
    """Make people (by username or e-mail) and teams of the caller viewers or editors, maybe until a moment.

    With `notify`, those who are new to it get a mail, unless many went there of late; the members of a team by a job,
    one each.
    """
    check_number(names, team_ids)
    with transaction.atomic():
        entry = _sharable(by, asset_id, role)
        chosen = teams.to_share_with(by=by, team_ids=team_ids)
        people = find_people(names, to_entrust=True)
        asset = lock_as_seen(entry.asset)
        others = [person for person in people.found if person.id != asset.owner_id]
        added, added_groups = grant(
            asset,
            role,
            users=[person.id for person in others],
            groups=[team.group_id for team in chosen],
            given_by=by.user_id,
            expires_at=expires_at,
        )
        for person in others:
            if person.id in added:
                told, facts = [person.id], {"user_id": str(person.id), "role": role}
                record(f"{asset.kind}_shared", by, asset, audience=told, **facts)
                if notify and person.email and _may_mail(by, person.email):
                    _tell(by.username, asset, person.id, person.email, role)
        new = [team for team in chosen if team.group_id in added_groups]
        for team in new:
            told, facts = teams.members_of(team.id), {"team_id": str(team.id), "role": role}
            record(f"{asset.kind}_shared", by, asset, audience=told, **facts)
        if notify and new:
            what = {"asset_id": str(asset.id), "role": role, "sharer": by.username}
            jobs.create(TELL_TEAMS, what | {"team_ids": [str(team.id) for team in new]}, unit="mails")
        return _people(by, entry, role, people)


def remove_people(
    *, by: Caller, asset_id: UUID, role: str | None, names: Sequence[str] = (), team_ids: Collection[UUID] = ()
) -> None:
    """Take the role (None: every one) from people and teams. Whoever has a role may also give up their own."""
    check_number(names, team_ids)
    with transaction.atomic():
        entry = asset_for(by, asset_id, Ability.READ)
        found = find_people(names).found
        if team_ids or {person.id for person in found} != {by.user_id}:
            allowed(by, entry, Ability.SHARE)
        elif by.limits:
            by.limits.must_have(*SCOPES[Ability.SHARE])
        chosen = {team.group_id: team for team in teams.of_ids(team_ids)}
        asset = lock_as_seen(entry.asset)
        for taken in ROLES if role is None else (role,):
            removed, removed_groups = revoke(asset, taken, users=[person.id for person in found], groups=list(chosen))
            for user_id in removed:
                record(f"{asset.kind}_unshared", by, asset, audience=[user_id], user_id=str(user_id), role=taken)
            for group_id in removed_groups:
                told, team_id = teams.members_of(chosen[group_id].id), str(chosen[group_id].id)
                record(f"{asset.kind}_unshared", by, asset, audience=told, team_id=team_id, role=taken)


def tell_teams(*, share_id: UUID, asset_id: UUID, role: str, sharer: str, team_ids: Collection[UUID]) -> Iterator[UUID]:
    """Mail the members of teams that something is shared with them, and yield each who was told.

    Each once, however many of the teams they are in: not the owner, nor whoever shared it, nor those who have the role
    themselves. `share_id` is what happened, so that it is safe to run twice. Nobody is told of an asset that is gone.
    """
    asset = Asset.objects.filter(id=asset_id, trashed_at=None, purging_at=None).first()
    if asset is None:
        return
    known = {row.user_id for row in people_with(asset, role)} | {asset.owner_id}
    for user_id, (username, address) in teams.addresses_of(team_ids).items():
        if user_id not in known and username != sharer:
            _tell(sharer, asset, user_id, address, role, dedupe=f"shared:{share_id}:{user_id}")
            yield user_id


def set_any_one_access(*, by: Caller, asset_id: UUID, access: str, tags: Tags = None) -> AssetView:
    """Say what people without a role may do: nothing (`restricted`), view, or edit once signed in."""
    if access not in AnyOneAccess.values:
        raise BadInput("any_one_access", f"One of {', '.join(AnyOneAccess.values)}.")
    with transaction.atomic():
        entry = _sharable(by, asset_id, access)
        asset = lock_as_seen(entry.asset)
        check_tags(tags, str(asset.revision))
        if asset.any_one_access != access:
            Asset.objects.filter(pk=asset.id).update(any_one_access=access, revision=F("revision") + 1)
            record("any_one_access_set", by, asset, any_one_access=access)
        return get(by=by, asset_id=asset_id)


def set_inherits(*, by: Caller, asset_id: UUID, inherits: bool, tags: Tags = None) -> AssetView:
    """Say whether who has a role above a folder has it in the folder, too; its owner always has.

    Only the owner says so: an editor could lock the others out. What is granted on the folder itself, and below it,
    counts as before, and once it inherits again, so does what was granted above. Raises BadInput for a file.
    """
    with transaction.atomic():
        entry = of_kind(asset_for(by, asset_id, Ability.OWN), Kind.FOLDER)
        if entry.asset.parent_id is None:
            raise AccessDenied("Nothing lies above a root folder.")
        folder = lock_as_seen(entry.asset)
        check_tags(tags, str(folder.revision))
        if folder.inherits is not inherits:
            Asset.objects.filter(pk=asset_id).update(inherits=inherits, revision=F("revision") + 1)
            record("inheritance_set", by, folder, inherits=inherits)
        return get(by=by, asset_id=asset_id)


def _people(by: Caller, entry: Entry, role: str, asked: FoundPeople | None = None) -> People:
    granted = people_with(entry.asset, role)
    if Ability.SHARE not in entry.abilities:
        granted = [row for row in granted if row.user_id == by.user_id or row.group_id in by.groups]
    found = teams.of_groups([row.group_id for row in granted if row.group_id is not None])
    return People(
        asset_id=entry.asset.id,
        owner=Person(entry.asset.owner_id, entry.owner_name),
        people=[_collaborator(row) for row in granted if row.user_id is not None],
        teams=[_shared_team(team, role) for team in found],
        unknown=asked.unknown if asked else [],
        unconfirmed=asked.unconfirmed if asked else [],
    )


def _shared_team(team: TeamShown, role: str) -> SharedTeam:
    return SharedTeam(team.id, team.name, team.members, role)


def _collaborator(row: Granted) -> Collaborator:
    if row.user_id is None:
        raise ValueError("A team is not a person.")
    return Collaborator(row.user_id, row.name, row.full_name, row.permission)


def _sharable(by: Caller, asset_id: UUID, role: str) -> Entry:
    """Return an asset on which the caller may give the role: not by an access key that goes less far than that."""
    entry = asset_for(by, asset_id, Ability.SHARE)
    if entry.asset.parent_id is None:
        raise AccessDenied("A root folder is not shared; share a folder in it.")
    for need in GIVES.get(role, ()):
        allowed(by, entry, need)
    return entry


def check_number(names: Sequence[str], team_ids: Collection[UUID]) -> None:
    if not names and not team_ids:
        raise BadInput("users", "Name somebody, or a team.")
    if len(names) > MOST_PEOPLE:
        raise BadInput("users", f"Name at most {MOST_PEOPLE} people.")
    if len(team_ids) > MOST_PEOPLE:
        raise BadInput("teams", f"Name at most {MOST_PEOPLE} teams.")


def _may_mail(by: Caller, address: str) -> bool:
    """Count a mail to a mailbox: who shares and unshares something all day fills nobody's with what they call it."""
    try:
        limiter.letter(to=address, address=by.address)
    except TooManyRequests:  # they are told on the pages all the same
        return False
    return True


def _tell(sharer: str, asset: Asset, user_id: UUID, address: str, role: str, *, dedupe: str | None = None) -> None:
    context = {"by": sharer, "name": asset.name, "kind": asset.kind, "role": role}
    context["link"] = f"{settings.CLOUDBOX_URL}/files/{asset.id}"
    news = f"{asset.kind}_shared"
    mail(to=address, kind="shared_with_you", context=context, dedupe=dedupe, user_id=user_id, news=news)
