"""The price list, as the staff edit it."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from cloudbox.staff import Shown, size
from payments.admin.shown import money
from payments.models import Plan


@admin.register(Plan)
class PlanAdmin(Shown[Plan]):
    nothing = "Nothing is for sale."
    list_display = ("name", "code", "room", "days", "prices_shown", "is_sold", "position")
    list_filter = ("sold",)
    search_fields = ("code", "name")
    ordering = ("position", "code")
    sortable_by = ()
    fieldsets = ((None, {"fields": ("name", "code", "room", "days", "prices_shown", "is_sold", "position", "id")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).prefetch_related("prices")

    @display(description="Room")
    def room(self, plan: Plan) -> str:
        return size(plan.bytes)

    @display(description="Prices")
    def prices_shown(self, plan: Plan) -> str:
        return ", ".join(money(price.amount_minor, price.currency) for price in plan.prices.all()) or "-"

    @display(description="For sale", boolean=True)
    def is_sold(self, plan: Plan) -> bool:
        return plan.sold
