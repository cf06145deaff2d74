"""Sharing: what an owner's thing needs so that others can be let in. The only user of guardian.

A grant is one row per grantee and permission, beside the thing itself (guardian's direct foreign
keys). Guardian's own look-ups are never on the request path: they are five to a hundred times slower
than the one query of each app's gate.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.auth.models import Permission
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from cloudbox.errors import BadInput


class AnyOneAccess(models.TextChoices):
    """What people without a grant may do. `editor` needs a signed-in caller: the anonymous only read."""

    RESTRICTED = "restricted"
    VIEWER = "viewer"
    EDITOR = "editor"


class Shared(models.Model):
    """Abstract: a thing that has an owner and can be opened to anyone."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    any_one_access = models.CharField(max_length=10, choices=AnyOneAccess, default=AnyOneAccess.RESTRICTED)

    class Meta:
        abstract = True


class Grant(models.Model):
    """Abstract: who gave it, until when, and whether the grantee may pass it on."""

    given_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    given_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    grant_option = models.BooleanField(default=False)

    class Meta:
        abstract = True


class UserGrant(Grant, UserObjectPermissionBase):
    """Abstract: a grant to a user. The subclass adds `content_object`."""

    class Meta(UserObjectPermissionBase.Meta):
        abstract = True


class GroupGrant(Grant, GroupObjectPermissionBase):
    """Abstract: a grant to a team's group. The subclass adds `content_object`."""

    class Meta(GroupObjectPermissionBase.Meta):
        abstract = True


# Granting. An app registers each kind of thing once, in its AppConfig.ready.


@dataclass(frozen=True)
class Kind:
    """A kind of thing that can be shared: its model, its two grant models and its permissions, lowest first."""

    name: str
    model: type[models.Model]
    user_grants: type[UserGrant]
    group_grants: type[GroupGrant]
    permissions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Granted:
    """Somebody's grant. Either `user_id` or `group_id` is set; `name` is the username or the group's name."""

    user_id: UUID | None = None
    group_id: int | None = None
    name: str
    email: str = ""
    full_name: str = ""
    permission: str
    given_by: UUID | None
    given_at: datetime
    expires_at: datetime | None
    grant_option: bool


_Rows = UserGrant | GroupGrant
_kinds: dict[type[models.Model], Kind] = {}


def register(kind: Kind) -> None:
    """Make things of this kind grantable."""
    _kinds[kind.model] = kind


def kind_of(thing: models.Model) -> Kind:
    return _kinds[type(thing)]


def grant(
    thing: models.Model,
    permission: str,
    *,
    users: Collection[UUID] = (),
    groups: Collection[int] = (),
    given_by: UUID | None,
    expires_at: datetime | None = None,
    grant_option: bool = False,
) -> tuple[set[UUID], set[int]]:
    """Give `permission` on `thing` to users and groups; who has it already gets the new terms.

    Return those who did not have it (any more), users and groups: they are the ones to tell. Safe to run
    in parallel: there is one row for each grantee and permission. Raises BadInput.
    """
    kind = kind_of(thing)
    terms: dict[str, Any] = {
        "content_object": thing,
        "given_by_id": given_by,
        "given_at": timezone.now(),
        "expires_at": expires_at,
        "grant_option": grant_option,
    }
    if expires_at is not None and expires_at <= timezone.now():
        raise BadInput("expires_at", "Lies in the past.")
    with transaction.atomic():
        terms["permission_id"] = _permission_id(kind, permission)
        new_users = _upsert(kind.user_grants, "user_id", users, **terms)
        new_groups = _upsert(kind.group_grants, "group_id", groups, **terms)
    return new_users, new_groups


def revoke(
    thing: models.Model, permission: str | None = None, *, users: Collection[UUID] = (), groups: Collection[int] = ()
) -> tuple[set[UUID], set[int]]:
    """Take `permission` (None: every one) on `thing` from users and groups. Return those who had it."""
    kind = kind_of(thing)
    if permission is not None:
        _check(kind, permission)
    return (
        _delete(kind.user_grants, "user_id", users, thing, permission),
        _delete(kind.group_grants, "group_id", groups, thing, permission),
    )


def people_with(thing: models.Model, permission: str | None = None) -> list[Granted]:
    """Return the grants on `thing` itself that count now, oldest first: users, then groups. Two queries."""
    kind = kind_of(thing)
    users = _rows(kind.user_grants, thing, permission).select_related("user", "permission")
    groups = _rows(kind.group_grants, thing, permission).select_related("group", "permission")
    return [
        *(
            _granted(row, user_id=row.user_id, name=row.user.username, email=row.user.email or "",
                     full_name=row.user.full_name)
            for row in users
        ),
        *(_granted(row, group_id=row.group_id, name=row.group.name) for row in groups),
    ]  # fmt: skip


def in_force() -> Q:
    """Return the condition of grants that have not expired."""
    return Q(expires_at=None) | Q(expires_at__gt=Now())


def _check(kind: Kind, permission: str) -> None:
    if permission not in kind.permissions:
        raise BadInput("permission", f"Must be {' or '.join(kind.permissions)}.")


def _permission_id(kind: Kind, permission: str) -> int:
    _check(kind, permission)
    labels = kind.model._meta  # noqa: SLF001 - Django documents _meta
    return Permission.objects.values_list("id", flat=True).get(
        content_type__app_label=labels.app_label, content_type__model=labels.model_name, codename=permission
    )


def _rows(grants: type[_Rows], thing: models.Model, permission: str | None) -> models.QuerySet[Any]:
    manager: models.Manager[Any] = grants.objects
    rows = manager.filter(in_force(), content_object=thing).order_by("given_at", "id")
    return rows.filter(permission__codename=permission) if permission else rows


def _upsert(grants: type[_Rows], grantee: str, ids: Collection[Any], **values: Any) -> set[Any]:
    """Insert or update one row for each of the ids; return the ids that had no row in force."""
    if not ids:
        return set()
    manager: models.Manager[Any] = grants.objects
    same = {name: values[name] for name in ("content_object", "permission_id")}
    had = manager.filter(in_force(), **same, **{f"{grantee}__in": list(ids)}).values_list(grantee, flat=True)
    new = set(ids) - set(had)
    # In one order, so that two parallel calls for the same people do not wait for each other.
    rows = [manager.model(**{grantee: id_}, **values) for id_ in sorted(set(ids))]
    manager.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=[grantee.removesuffix("_id"), "permission", "content_object"],
        update_fields=["given_by", "given_at", "expires_at", "grant_option"],
    )
    return new


def _delete(
    grants: type[_Rows],
    grantee: str,
    ids: Collection[Any],
    thing: models.Model,
    permission: str | None,
) -> set[Any]:
    if not ids:
        return set()
    manager: models.Manager[Any] = grants.objects
    rows = manager.filter(content_object=thing, **{f"{grantee}__in": list(ids)})
    if permission:
        rows = rows.filter(permission__codename=permission)
    had = set(rows.filter(in_force()).values_list(grantee, flat=True))
    rows.delete()
    return had


def _granted(row: Any, **grantee: Any) -> Granted:
    return Granted(
        permission=row.permission.codename,
        given_by=row.given_by_id,
        given_at=row.given_at,
        expires_at=row.expires_at,
        grant_option=row.grant_option,
        **grantee,
    )
