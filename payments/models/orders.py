"""Orders, and what became of them step by step."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from cloudbox.ids import new_id
from payments.models.plans import Plan
from payments.words import UNPAID, Currency, Mode, State


class Order(models.Model):
    """Somebody wants a pack. The row is written before Paystack hears of it, with all that will count.

    What a plan was called, gives and costs is copied, so orders are compared with themselves only. What was paid for
    runs from `starts_at` to `ends_at`, which later payments and refunds may move (payments.terms); `stopped_at` is
    when the room was taken because money went back: such an order gives none, and its term is history.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders")
    reference = models.CharField(max_length=64, unique=True)  # what Paystack calls it
    state = models.CharField(max_length=16, choices=State, default=State.CREATED)
    mode = models.CharField(max_length=9, choices=Mode)
    plan = models.ForeignKey(Plan, models.SET_NULL, null=True, related_name="orders")
    plan_code = models.CharField(max_length=40)
    plan_name = models.CharField(max_length=80)
    bytes = models.PositiveBigIntegerField()
    days = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3, choices=Currency)
    amount_minor = models.PositiveBigIntegerField()
    email = models.EmailField(max_length=254)  # that Paystack is told
    page = models.URLField(max_length=500, blank=True)  # where it is paid
    idempotency_key = models.CharField(max_length=255, null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)  # when Paystack was last asked
    checks = models.PositiveSmallIntegerField(default=0)  # that the reconciler made
    next_check_at = models.DateTimeField(null=True)  # null: nothing is expected any more
    failure = models.CharField(max_length=255, blank=True)  # why it is failed, or a mismatch
    paid_at = models.DateTimeField(null=True)  # when it was settled
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    into = models.ForeignKey("self", models.PROTECT, null=True, related_name="taken_over")  # which took it over
    left = models.PositiveBigIntegerField(default=0)  # of its own time when its end was last reckoned, in microseconds

    class Meta:
        ordering = ("-created_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"],
                condition=Q(idempotency_key__isnull=False),
                name="one_order_per_idempotency_key",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=1), name="an_order_costs_something"),
            models.CheckConstraint(
                condition=Q(paid_at=None) | ~Q(state__in=[*UNPAID]),
                name="what_is_unpaid_was_not_paid",
            ),
            models.CheckConstraint(
                condition=Q(starts_at=None, ends_at=None) | Q(starts_at__lte=F("ends_at")), name="a_term_has_two_ends"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at", "-id"], name="orders_of_user"),
            models.Index(fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="orders_to_check"),
            models.Index(fields=["ends_at"], condition=Q(ends_at__isnull=False), name="orders_by_end"),
            models.Index(fields=["state", "-created_at"], name="orders_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.plan_name}, {self.reference}"


class Step(models.Model):
    """Something that happened with an order: its timeline. Only ever added to; nothing secret stands in it."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="steps")
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40)  # `ordered`, `verified`, `webhook`, `settled`, `mailed` …
    by = models.CharField(max_length=255, blank=True)  # who, if somebody did it
    facts = models.JSONField(default=dict)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} at {self.at:%Y-%m-%d %H:%M:%S}"
