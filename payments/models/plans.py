"""The price list."""

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cloudbox.ids import new_id
from payments.words import Currency


class Plan(models.Model):
    """A pack of room for some days. An order keeps what the plan was, so changing one changes no order."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    bytes = models.PositiveBigIntegerField()  # beyond what everybody has
    days = models.PositiveSmallIntegerField()
    position = models.PositiveSmallIntegerField(default=0)  # in the list
    sold = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("position", "code")
        constraints = [
            models.CheckConstraint(condition=Q(bytes__gte=1), name="plan_gives_room"),
            models.CheckConstraint(condition=Q(days__gte=1), name="plan_lasts"),
        ]

    def __str__(self) -> str:
        return self.name


class Price(models.Model):
    """What a plan costs in one currency, in minor units."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="prices")
    currency = models.CharField(max_length=3, choices=Currency)
    amount_minor = models.PositiveBigIntegerField()

    class Meta:
        ordering = ("currency",)
        constraints = [
            models.UniqueConstraint(fields=["plan", "currency"], name="one_price_per_currency"),
            models.CheckConstraint(condition=Q(amount_minor__gte=1), name="nothing_is_sold_for_nothing"),
        ]

    def __str__(self) -> str:
        return f"{self.amount_minor} {self.currency} minor units"
