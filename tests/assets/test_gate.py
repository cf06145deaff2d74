"""The gate and the lists, compared with the rules written down once more, plainly, for random trees."""

import random
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import timezone

from accounts.callers import Caller, Limits
from accounts.models import User
from assets.access import asset_for
from assets.lists import children_seen
from assets.models import Asset, AssetGroupGrant, AssetUserGrant
from assets.words import Ability, Kind, Role
from cloudbox.errors import NotAuthenticated, NotFound
from cloudbox.ids import new_id
from tests.people import caller_for

ROLES = {"restricted": Role.NONE, "viewer": Role.VIEWER, "editor": Role.EDITOR}
A_DAY = timedelta(days=1)


@dataclass
class Scene:
    """Assets by id, and grants as (asset, grantee) -> roles that have not expired."""

    assets: dict[UUID, Asset]
    grants: dict[tuple[UUID, Any], Role]

    def line(self, asset: Asset) -> list[Asset]:
        """Return the asset and what lies above it, upwards."""
        found = [asset]
        while (above := found[-1].parent_id) is not None:
            found.append(self.assets[above])
        return found

    def role(self, caller: Caller, asset: Asset) -> Role:
        if caller.limits and not self.goes_so_far(caller.limits, asset):
            return Role.NONE
        if caller.limits and caller.limits.most is not None:
            return min(self.role(replace(caller, limits=None), asset), Role(caller.limits.most))
        if asset.owner_id == caller.user_id:
            return Role.OWNER
        best = Role.NONE
        for above in self.line(asset):
            anyone = ROLES[above.any_one_access]
            if anyone is Role.EDITOR:
                anyone = Role.GUEST if caller.signed_in else Role.VIEWER
            given = [self.grants.get((above.id, who), Role.NONE) for who in (caller.user_id, *caller.groups)]
            best = max(best, anyone, *given)
            if not above.inherits:
                break
        return best

    def goes_so_far(self, limits: Limits, asset: Asset) -> bool:
        line = [above.id for above in self.line(asset)]
        here = limits.folder_id is None or limits.folder_id in line
        if here and limits.most is not None and limits.folder_id:  # a link: what lies between has to inherit
            here = all(above.inherits for above in self.line(asset)[: line.index(limits.folder_id)])
        return here and "read" in limits.scopes

    def is_live(self, asset: Asset) -> bool:
        return not any(above.trashed_at or above.purging_at for above in self.line(asset))

    def is_in_trash(self, asset: Asset) -> bool:
        return bool(asset.trashed_at) and not any(above.purging_at for above in self.line(asset))

    def parent_is_seen(self, caller: Caller, asset: Asset) -> bool:
        return asset.parent_id is not None and self.role(caller, self.assets[asset.parent_id]) > Role.NONE

    def children(self, folder: Asset) -> list[Asset]:
        return [a for a in self.assets.values() if a.parent_id == folder.id and not (a.trashed_at or a.purging_at)]


def terms(chance: random.Random) -> tuple[str, datetime | None]:
    """Return what a grant gives and when it expires, or has expired."""
    now = timezone.now()
    return chance.choice(["viewer", "editor"]), chance.choice([None, now + A_DAY, now - A_DAY])


def may(permission: str) -> Permission:
    return Permission.objects.get(content_type__app_label="assets", content_type__model="asset", codename=permission)


def counting(permission: str, expires_at: datetime | None) -> Role:
    return Role.NONE if expires_at and expires_at < timezone.now() else ROLES[permission]


def grow(owner: User, users: list[User], groups: list[Group], chance: random.Random) -> Scene:
    """Make a random tree with random grants below the owner's root."""
    root = Asset.objects.get(owner=owner, parent=None)
    assets, folders = {root.id: root}, [root]
    grants: dict[tuple[UUID, Any], Role] = {}
    for number in range(25):
        parent = chance.choice(folders)
        asset = Asset(
            id=new_id(),
            kind=chance.choice(["folder", "folder", "file"]),
            parent=parent,
            owner=owner,
            name=f"{number}",
            any_one_access=chance.choice(["restricted"] * 5 + ["viewer", "editor"]),
            inherits=chance.random() > 0.2,
            trashed_at=timezone.now() if chance.random() < 0.08 else None,
            purging_at=timezone.now() if chance.random() < 0.04 else None,
        )
        if asset.kind == "folder":
            asset.path = [*(parent.path or []), asset.id]
            folders.append(asset)
        asset.save(force_insert=True)
        assets[asset.id] = asset
        if chance.random() < 0.25:
            user, permission, expires_at = chance.choice(users), *terms(chance)
            AssetUserGrant.objects.create(
                content_object=asset, user=user, permission=may(permission), expires_at=expires_at
            )
            grants[asset.id, user.id] = counting(permission, expires_at)
        if chance.random() < 0.25:
            group, permission, expires_at = chance.choice(groups), *terms(chance)
            AssetGroupGrant.objects.create(
                content_object=asset, group=group, permission=may(permission), expires_at=expires_at
            )
            grants[asset.id, group.id] = counting(permission, expires_at)
    return Scene(assets, grants)


def any_limits(scene: Scene, chance: random.Random) -> Limits:
    """Return the limits of some access key, which mostly may read."""
    scopes = frozenset(scope for scope in ("write", "delete", "share") if chance.random() < 0.5)
    folders = [asset.id for asset in scene.assets.values() if asset.kind == "folder"]
    return Limits(
        key_id="K" * 20,
        scopes=scopes | ({"read"} if chance.random() < 0.8 else set()),
        folder_id=chance.choice(folders) if chance.random() < 0.7 else None,
    )


def by_link(caller: Caller, scene: Scene, chance: random.Random) -> Caller:
    """Return somebody who comes through a link of that caller's, to a file or a folder."""
    role = chance.choice([Role.VIEWER, Role.GUEST])
    scopes = frozenset({"read"} if role is Role.VIEWER else {"read", "write", "delete"})
    limits = Limits(key_id="", scopes=scopes, folder_id=chance.choice(list(scene.assets)), most=int(role))
    return replace(caller, limits=limits, link_id=new_id())


def found(caller: Caller, asset: Asset, *, trashed: bool = False) -> tuple[Role, bool] | None:
    """Return the role and whether the folder is seen; None when the gate says there is nothing."""
    nothing = NotFound if caller.signed_in else NotAuthenticated
    try:
        entry = asset_for(caller, asset.id, Ability.READ, trashed=trashed)
    except nothing:
        return None
    return entry.role, entry.parent_seen and asset.parent_id is not None


@pytest.mark.parametrize("seed", range(6))
def test_gate_and_lists_follow_the_rules(alice, bob, charlie, seed):
    teams = [Group.objects.create(name=f"team:{number}") for number in range(2)]
    bob.groups.add(teams[0])
    chance = random.Random(seed)
    scene = grow(alice, [bob, charlie], teams, chance)
    callers = [caller_for(user) for user in (alice, bob, charlie)]
    callers += [replace(callers[2], groups=tuple(team.id for team in teams)), Caller.anonymous()]
    callers += [replace(caller, limits=any_limits(scene, chance)) for caller in callers[:4] for _ in range(3)]
    callers += [by_link(caller, scene, chance) for caller in callers[:4] for _ in range(5)]

    for caller in callers:
        for asset in scene.assets.values():
            role = scene.role(caller, asset)
            expected = (role, scene.parent_is_seen(caller, asset)) if role else None
            assert found(caller, asset) == (expected if scene.is_live(asset) else None)
            in_trash = found(caller, asset, trashed=True)
            sees_trash = scene.is_in_trash(asset) and not caller.link_id
            assert (in_trash and in_trash[0]) == ((role or None) if sees_trash else None)
            if asset.kind == "folder" and role and scene.is_live(asset):
                folder = asset_for(caller, asset.id, Ability.READ)
                listed = [entry for kind in Kind for entry in children_seen(caller, folder, kind)]
                assert {entry.asset.id: (entry.role, entry.parent_seen) for entry in listed} == {
                    child.id: (scene.role(caller, child), True)
                    for child in scene.children(asset)
                    if scene.role(caller, child)
                }
