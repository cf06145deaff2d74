"""Sharing: what an owner's thing needs so that others can be let in. The only user of guardian.

A grant is one row per grantee and permission, beside the thing itself (guardian's direct foreign
keys). Guardian's own look-ups are never on the request path: they are five to a hundred times slower
than the one query of each app's gate.
"""

from django.conf import settings
from django.db import models
from django.utils import timezone
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase


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
