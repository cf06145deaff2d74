"""The audit log, its seals, the outbox and the webhooks, as the staff see them."""
# ruff: noqa: ARG002 - Django calls these methods with more than they need

from typing import Any, ClassVar
from urllib.parse import urlsplit

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import F, QuerySet
from django.http import HttpRequest
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import display

from activity import figures, outbox, webhooks
from activity.models import SIGN_INS, AuditEntry, Delivery, Mail, Seal, SignIn, Webhook
from cloudbox.staff import Shown

WHY = {"password": ": wrong password", "code": ": wrong code", "suspended": ": suspended"}
WHY_OFF = {"gone": "it answered 410", "failing": "nothing went for five days", "staff": "by the staff"}
DELIVERY_LABELS = {"pending": "info", "sending": "info", "delivered": "success", "failed": "danger"}
MAIL_LABELS = {"pending": "info", "sending": "info", "sent": "success", "failed": "danger"}


class VerbFilter(SimpleListFilter):
    title = "verb"
    parameter_name = "verb"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(verb, verb.replace("_", " ")) for verb in figures.verbs()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEntry]) -> QuerySet[AuditEntry]:
        return queryset.filter(verb=self.value()) if self.value() else queryset


@admin.register(AuditEntry)
class AuditEntryAdmin(Shown[AuditEntry]):
    list_display = ("at", "actor", "did", "target", "address", "is_sealed")
    list_filter = (
        VerbFilter,
        ("at", RangeDateTimeFilter),
        ("actor_label", FieldTextFilter),
        ("address", FieldTextFilter),
    )
    id_fields = ("actor_id", "owner_id", "target_id")
    search_fields = ("actor_label", "target_label", "request_id__exact", "address__exact")
    search_help_text = "Names, the whole of an address or of a request id, or the id of a user or a thing"
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("at", "verb", "actor_label", "actor_id", "address", "agent", "request_id")}),
        ("Target", {"fields": ("target_kind", "target_label", "target_id", "owner_id", "facts", "times")}),
        ("Seal", {"fields": ("seq", "actor_hash", "target_hash")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AuditEntry]:
        return super().get_queryset(request).annotate(counted=F("download__count"))

    @display(description="Who")
    def actor(self, entry: AuditEntry) -> str:
        return entry.actor_label or ("erased" if entry.actor_id else "nobody")

    @display(description="What")
    def did(self, entry: AuditEntry) -> str:
        verb = entry.verb.replace("_", " ")
        times = self.times(entry)
        return verb if times == 1 else f"{verb} {times} times"

    @display(description="Which")
    def target(self, entry: AuditEntry) -> str:
        return f"{entry.target_kind} {entry.target_label}".strip() or "-"

    @display(description="Sealed", boolean=True)
    def is_sealed(self, entry: AuditEntry) -> bool:
        return entry.seq is not None

    @display(description="Times in that hour")
    def times(self, entry: AuditEntry) -> int:
        return getattr(entry, "counted", None) or 1


@admin.register(Seal)
class SealAdmin(Shown[Seal]):
    list_display = ("last", "first", "count", "hash", "sealed_at")
    id_fields = ()
    search_fields = ("hash__exact",)
    search_help_text = "The whole of a hash"
    ordering = ("-last",)
    sortable_by = ()


class SignInFilter(VerbFilter):
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(verb, verb.replace("_", " ")) for verb in SIGN_INS]


@admin.register(SignIn)
class SignInAdmin(Shown[SignIn]):
    """Who came in, who did not, and from where. A name that is nobody's is never shown: it may be a password."""

    list_display = ("at", "account", "did", "address", "agent")
    list_filter = (SignInFilter, ("at", RangeDateTimeFilter), ("address", FieldTextFilter))
    id_fields = ("actor_id", "owner_id")
    search_fields = ("target_label", "address__exact")
    search_help_text = "A username, the whole of an address, or the id of a user"
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = ((None, {"fields": ("at", "account", "did", "address", "agent", "request_id")}),)

    @display(description="Account")
    def account(self, entry: SignIn) -> str:
        if entry.target_kind == "name":
            return f"an unknown name, {entry.target_id}"
        return entry.target_label or entry.actor_label or "erased"

    @display(description="What")
    def did(self, entry: SignIn) -> str:
        why = WHY.get(entry.facts.get("why", ""), "")
        return f"{entry.verb.replace('_', ' ')}{why}"


@admin.register(Mail)
class MailAdmin(Shown[Mail]):
    """What a mail says is not shown: it may hold a link that lets its reader in."""

    id_fields = ()
    list_display = ("created_at", "to", "kind", "subject", "shown_state", "attempts", "error")
    list_filter = ("state", ("kind", FieldTextFilter), ("created_at", RangeDateTimeFilter))
    search_fields = ("to", "subject")
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["send_again"]
    fieldsets = (
        (None, {"fields": ("to", "kind", "subject", "state", "attempts", "error")}),
        ("Times", {"fields": ("created_at", "next_at", "sent_at")}),
    )

    @display(description="State", label=MAIL_LABELS)
    def shown_state(self, mail: Mail) -> str:
        return mail.state

    @admin.action(description="Send again what failed")
    def send_again(self, request: HttpRequest, mails: QuerySet[Mail]) -> None:
        def act(mail: Mail) -> None:
            outbox.send_again(mail.pk)
            self.record(request, "mail_sent_again", mail)

        self.do_each(request, mails, act, done="will be sent again")


@admin.register(Webhook)
class WebhookAdmin(Shown[Webhook]):
    """Whose webhooks there are, and whether they work. Of an address its host: the rest may be a secret."""

    nothing = "Nobody has made a webhook."
    list_display = ("__str__", "owner", "host", "is_on", "why_off", "failing_since", "created_at")
    list_filter = ("is_active", "off_reason", ("failing_since", RangeDateTimeFilter))
    list_select_related = ("owner",)
    id_fields = ("pk", "owner")
    search_fields = ("label", "owner__username")
    ordering = ("-id",)
    sortable_by = ()
    actions: ClassVar = ["turn_off"]
    fieldsets = (
        (None, {"fields": ("label", "owner", "host", "kinds", "is_active", "off_reason", "id")}),
        ("When", {"fields": ("created_at", "failing_since", "previous_until")}),
    )

    @display(description="Host")
    def host(self, hook: Webhook) -> str:
        return urlsplit(hook.url).hostname or "-"

    @display(description="On", boolean=True)
    def is_on(self, hook: Webhook) -> bool:
        return hook.is_active

    @display(description="Why off")
    def why_off(self, hook: Webhook) -> str:
        return WHY_OFF.get(hook.off_reason, "-" if hook.is_active else "by its owner")

    @admin.action(description="Turn off, and tell the owner")
    def turn_off(self, request: HttpRequest, rows: QuerySet[Webhook]) -> None:
        by = self.caller(request)
        self.do_each(request, rows, lambda row: webhooks.turn_off_for(by=by, webhook_id=row.pk), done="turned off")


@admin.register(Delivery)
class DeliveryAdmin(Shown[Delivery]):
    """What was sent to webhooks. What it said is not shown: it has the names of files in it."""

    nothing = "Nothing was sent to any webhook."
    list_display = ("created_at", "webhook", "of", "shown_state", "attempts", "status", "error", "milliseconds")
    list_filter = ("state", ("kind", FieldTextFilter), ("created_at", RangeDateTimeFilter))
    list_select_related = ("webhook",)
    id_fields = ("pk", "webhook")
    search_fields = ("webhook__label",)
    ordering = ("-id",)
    sortable_by = ()
    fieldsets = (
        (None, {"fields": ("webhook", "kind", "event_seq", "state", "attempts", "status", "error", "milliseconds")}),
        ("Times", {"fields": ("created_at", "tried_at", "next_at")}),
    )

    @display(description="Event")
    def of(self, delivery: Delivery) -> str:
        return delivery.kind.replace("_", " ")

    @display(description="State", label=DELIVERY_LABELS)
    def shown_state(self, delivery: Delivery) -> str:
        return delivery.state
