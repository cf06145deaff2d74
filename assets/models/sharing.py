"""Letting people in without a grant, and handing things over."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from assets.models.tree import Asset
from cloudbox.ids import new_id


class Link(models.Model):
    """A way to an asset, and to what lies below, for whoever has its token.

    It acts as its maker, cut down to its own `role`, and dies with the maker's right. The token is found by its
    digest, and lies there sealed as well, so that its owner can copy the link again.
    """

    class Role(models.TextChoices):
        VIEWER = "viewer"
        EDITOR = "editor"
        ADD = "add"  # a file request: put files in, and see nothing

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asset = models.ForeignKey(Asset, models.CASCADE, related_name="links")
    maker = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    role = models.CharField(max_length=6, choices=Role)
    label = models.CharField(max_length=100, blank=True)
    token_sha256 = models.CharField(max_length=64, unique=True)  # hex
    token_sealed = models.TextField()
    password = models.CharField(max_length=255, blank=True)  # hashed; "" for none
    expires_at = models.DateTimeField(null=True, blank=True)
    download_limit = models.PositiveIntegerField(null=True, blank=True)
    visits = models.PositiveBigIntegerField(default=0)
    downloads = models.PositiveBigIntegerField(default=0)
    uploads = models.PositiveBigIntegerField(default=0)
    last_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)
    taken_down_at = models.DateTimeField(null=True)  # by the staff, who say why
    taken_down_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["asset", "-id"], condition=Q(revoked_at=None), name="link_of_asset"),
            models.Index(fields=["maker", "-id"], condition=Q(revoked_at=None), name="link_of_maker"),
        ]

    def __str__(self) -> str:
        return self.label or f"link {self.id}"


class Report(models.Model):
    """Somebody's word that what a link shows is abuse, and what the staff decided."""

    class Reason(models.TextChoices):
        MALWARE = "malware"
        PHISHING = "phishing"
        COPYRIGHT = "copyright"
        ILLEGAL = "illegal"
        PERSONAL = "personal"  # shows somebody who did not agree
        OTHER = "other"

    class State(models.TextChoices):
        OPEN = "open"
        UPHELD = "upheld"
        DISMISSED = "dismissed"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    link = models.ForeignKey(Link, models.SET_NULL, null=True, related_name="reports")
    link_label = models.CharField(max_length=255, blank=True)  # what it showed then
    reason = models.CharField(max_length=9, choices=Reason)
    details = models.TextField(max_length=2000, blank=True)
    reporter = models.EmailField(max_length=254, blank=True)  # who wants an answer
    address = models.CharField(max_length=45, blank=True)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    decision = models.CharField(max_length=500, blank=True)

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=["-id"], condition=Q(state="open"), name="report_to_decide")]

    def __str__(self) -> str:
        return f"{self.reason} on {self.link_label}"


class Transfer(models.Model):
    """An offer to own an asset, and to be charged for it: it counts once `to` has accepted."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    asset = models.OneToOneField(Asset, models.CASCADE, related_name="transfer")
    giver = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    to = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    keep = models.BooleanField(default=True)  # the giver stays its editor
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-id",)
        constraints = [models.CheckConstraint(condition=~Q(giver=models.F("to")), name="transfer_to_somebody_else")]

    def __str__(self) -> str:
        return f"{self.asset_id} to {self.to_id}"
