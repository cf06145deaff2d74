"""Money that came and went: rows that nobody changes, neither code nor staff. The database sees to it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cloudbox.ids import new_id
from payments.models.orders import Order
from payments.words import Account, Currency, Mode, receipt_name


class Payment(models.Model):
    """A charge that succeeded at Paystack, as it said when it was asked. An order has at most one."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.OneToOneField(Order, models.PROTECT, related_name="payment")
    provider_id = models.BigIntegerField()  # of the transaction at Paystack
    mode = models.CharField(max_length=9, choices=Mode)
    currency = models.CharField(max_length=3)
    amount_minor = models.PositiveBigIntegerField()  # that was taken from the payer, with fees that they bore
    requested_minor = models.PositiveBigIntegerField()  # that was asked for
    fees_minor = models.PositiveBigIntegerField(default=0)  # that Paystack kept
    channel = models.CharField(max_length=40, blank=True)
    paid_at = models.DateTimeField()  # by Paystack's clock
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-created_at",)
        constraints = [models.UniqueConstraint(fields=["mode", "provider_id"], name="one_payment_per_charge")]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} minor units"


class LedgerTransaction(models.Model):
    """Money that moved, once for each `source`. Its entries sum to zero, says a constraint of the database."""

    id = models.BigAutoField(primary_key=True)
    source = models.CharField(max_length=100, unique=True)  # `charge:<payment>`, `refund:<refund>`, `dispute:<dispute>`
    order = models.ForeignKey(Order, models.PROTECT, related_name="ledger")
    currency = models.CharField(max_length=3, choices=Currency)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return self.source


class LedgerEntry(models.Model):
    """A debit (positive) or a credit (negative) of one account, in minor units of its transaction's currency."""

    transaction = models.ForeignKey(LedgerTransaction, models.PROTECT, related_name="entries")
    account = models.CharField(max_length=16, choices=Account)
    amount_minor = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "ledger entries"
        ordering = ("id",)
        constraints = [models.CheckConstraint(condition=~Q(amount_minor=0), name="an_entry_moves_something")]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_minor:+}"


class Receipt(models.Model):
    """A receipt for a payment, or for a refund. Numbers begin with 1 and have no gaps; what it says never changes."""

    number = models.BigIntegerField(primary_key=True)
    source = models.CharField(max_length=100, unique=True)  # of the ledger's transaction
    order = models.ForeignKey(Order, models.PROTECT, related_name="receipts")
    issued_at = models.DateTimeField(default=timezone.now)
    currency = models.CharField(max_length=3, choices=Currency)
    amount_minor = models.BigIntegerField()  # negative for a refund
    said = models.JSONField()  # seller, buyer and what for, as they were then

    class Meta:
        ordering = ("-number",)

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return receipt_name(self.number)
