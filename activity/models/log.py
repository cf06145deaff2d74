"""What happened, sealed into a chain, and the news of it. Targets are named by kind and id, without foreign keys."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.fields.json import KT
from django.utils import timezone

BY_OTHERS = Q(actor_id=None) | ~Q(actor_id=F("owner_id"))  # done by somebody else than the owner


SIGN_INS = (  # what tells who came in, who did not, and from where
    "signed_in",
    "signed_out",
    "sign_in_failed",
    "staff_signed_in",
    "staff_signed_out",
    "recovery_code_used",
    "refresh_token_reused",
    "session_ended",
)


class CurrentTransaction(models.Func):
    """The number of the transaction that inserts the row."""

    template = "pg_current_xact_id()::text::bigint"
    output_field = models.BigIntegerField()


class AuditEntry(models.Model):
    """One thing that somebody did. Only ever added; a trigger refuses the rest.

    Ids commit out of order, so a reader takes only rows whose transaction `xid` and all before it are
    over; the task that seals gives them their place `seq` in the chain.

    What tells a person stands in two halves, the actor's and the target's. The chain covers only a salted
    hash of each, so that a half can be erased (its fields and its salt emptied) and the chain still holds.
    """

    seq = models.BigIntegerField(null=True, unique=True, editable=False)
    xid = models.BigIntegerField(db_default=CurrentTransaction(), editable=False)
    at = models.DateTimeField(default=timezone.now)
    verb = models.CharField(max_length=64)
    actor_id = models.UUIDField(null=True)  # null: nobody was signed in, or the system itself
    owner_id = models.UUIDField(null=True)  # whose thing it was done to
    target_kind = models.CharField(max_length=32, blank=True)
    target_id = models.CharField(max_length=255, blank=True)
    request_id = models.CharField(max_length=64, blank=True)

    # the actor's half
    actor_label = models.CharField(max_length=255, blank=True)
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=255, blank=True)
    actor_salt = models.CharField(max_length=32, blank=True, editable=False)  # empty: erased
    actor_hash = models.CharField(max_length=64, editable=False)

    # the target's half
    target_label = models.CharField(max_length=255, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    target_salt = models.CharField(max_length=32, blank=True, editable=False)  # empty: erased
    target_hash = models.CharField(max_length=64, editable=False)

    class Meta:
        verbose_name = "audit entry"
        verbose_name_plural = "audit log"
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["id"], condition=Q(seq=None), name="entry_to_seal"),
            models.Index(fields=["actor_id", "-id"], name="entry_of_actor"),
            models.Index(fields=["owner_id", "-id"], name="entry_of_owner"),
            models.Index(fields=["owner_id", "-id"], condition=BY_OTHERS, name="entry_by_others"),
            models.Index(fields=["verb", "-id"], name="entry_of_verb"),
            models.Index(fields=["target_kind", "target_id", "-id"], name="entry_of_target"),
            models.Index(fields=["-id"], condition=Q(verb__in=SIGN_INS), name="entry_of_sign_in"),
            models.Index(KT("facts__user_id"), condition=Q(facts__has_key="user_id"), name="entry_about_user"),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_label or 'nobody'} {self.verb} {self.target_label}".strip()


class SignIns(models.Manager["SignIn"]):
    def get_queryset(self) -> models.QuerySet["SignIn"]:
        return super().get_queryset().filter(verb__in=SIGN_INS)


class SignIn(AuditEntry):
    """An entry about somebody's coming in: what those of the staff see who see nothing of the files."""

    objects: ClassVar = SignIns()

    class Meta:
        proxy = True
        verbose_name = "sign-in"
        ordering = ("-id",)


class Seal(models.Model):
    """A link of the chain: SHA-256 over the link before it and the entries `first` to `last`, by `seq`."""

    first = models.BigIntegerField(unique=True)
    last = models.BigIntegerField(unique=True)
    count = models.PositiveIntegerField()
    previous = models.CharField(max_length=64, blank=True)  # hex; empty for the first seal
    hash = models.CharField(max_length=64)  # hex
    sealed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-last",)
        constraints = [models.CheckConstraint(condition=Q(last__gte=F("first")), name="a_seal_covers_something")]

    def __str__(self) -> str:
        return f"{self.first} to {self.last}"


class Event(models.Model):
    """The same thing as news for those whom it concerns. Kept for a week.

    `seq` is given by its readers, by the same rule as that of an entry.
    """

    seq = models.BigIntegerField(null=True, unique=True)
    xid = models.BigIntegerField(db_default=CurrentTransaction())
    kind = models.CharField(max_length=64)
    audience = ArrayField(models.UUIDField(), default=list)  # ids of users
    data = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)
        indexes = [
            models.Index(fields=["id"], condition=Q(seq=None), name="event_to_number"),
            models.Index(fields=["created_at"], name="event_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} at {self.created_at:%Y-%m-%d %H:%M:%S}"


class Download(models.Model):
    """How often one caller fetched one version of a shared thing in one hour; the first time is in the audit log."""

    caller = models.CharField(max_length=64)  # a user's or a link's id, or the address of somebody not signed in
    target_id = models.UUIDField()
    version_id = models.UUIDField()
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    entry = models.OneToOneField(AuditEntry, models.PROTECT, null=True, related_name="download")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["caller", "target_id", "version_id", "hour"], name="one_download_per_caller_and_hour"
            )
        ]
        indexes = [models.Index(fields=["hour"], name="download_by_hour")]

    def __str__(self) -> str:
        return f"{self.count} times"
