"""Money on its way back."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cloudbox.ids import new_id
from payments.models.orders import Order
from payments.words import DisputeState, RefundState


class Refund(models.Model):
    """Some or all of an order's money goes back. The row is written before Paystack is asked.

    `takes_room`: what the order gave ends when the refund is processed; always so when all of it goes back.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds")
    provider_id = models.BigIntegerField(unique=True, null=True)  # null until Paystack has answered
    state = models.CharField(max_length=16, choices=RefundState, default=RefundState.REQUESTED)
    amount_minor = models.PositiveBigIntegerField()
    takes_room = models.BooleanField(default=True)
    reason = models.CharField(max_length=255, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    next_check_at = models.DateTimeField(null=True)
    processed_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("-created_at",)
        constraints = [models.CheckConstraint(condition=Q(amount_minor__gte=1), name="a_refund_gives_something")]
        indexes = [
            models.Index(fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="refunds_to_check")
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} minor units back"


class Dispute(models.Model):
    """A payer says that a charge was not theirs, or not right. Nothing is taken before it is decided."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(Order, models.PROTECT, related_name="disputes")
    provider_id = models.BigIntegerField(unique=True)
    state = models.CharField(max_length=4, choices=DisputeState, default=DisputeState.OPEN)
    amount_minor = models.PositiveBigIntegerField()  # that goes back if it is lost
    reason = models.CharField(max_length=255, blank=True)
    due_at = models.DateTimeField(null=True)  # until when it must be answered, at Paystack's dashboard
    opened_at = models.DateTimeField(default=timezone.now)
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-opened_at",)

    def __str__(self) -> str:
        return f"Dispute {self.provider_id}"
