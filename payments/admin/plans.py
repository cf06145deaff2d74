"""The price list, as the staff edit it: whom a change concerns is shown before it is saved."""

from typing import Any, ClassVar
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from unfold.dataclasses import ActionDialog
from unfold.decorators import action, display

from accounts.credentials import caller_of
from cloudbox.errors import Refusal
from cloudbox.staff import Shown, dialog_again, go_to, size
from payments.admin.shown import money
from payments.dialogs import AGAIN, NEW_PLAN, PLAN, STOP, NewPlanForm, PlanForm, SellForm
from payments.models import Plan
from payments.services import selling


@admin.register(Plan)
class PlanAdmin(Shown[Plan]):
    nothing = "Nothing is for sale."
    list_display = ("name", "code", "room", "days", "prices_shown", "is_sold", "position")
    list_filter = ("sold",)
    search_fields = ("code", "name")
    ordering = ("position", "code")
    sortable_by = ()
    actions_list: ClassVar = ["make_plan"]
    actions_detail: ClassVar = ["change_plan", "stop_selling", "sell_again"]
    change_form_outer_after_template = "admin/payments/affected.html"
    fieldsets = ((None, {"fields": ("name", "code", "room", "days", "prices_shown", "is_sold", "position", "id")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        return super().get_queryset(request).prefetch_related("prices")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        page: Any = super().change_view(request, object_id, form_url, extra_context)
        if getattr(page, "context_data", None) is not None:  # else there is no such plan
            by = caller_of(request)
            page.context_data["affected"] = selling.affected(by=by, plan_id=UUID(object_id))
        return page

    @display(description="Room")
    def room(self, plan: Plan) -> str:
        return size(plan.bytes)

    @display(description="Prices")
    def prices_shown(self, plan: Plan) -> str:
        return ", ".join(money(price.amount_minor, price.currency) for price in plan.prices.all()) or "-"

    @display(description="For sale", boolean=True)
    def is_sold(self, plan: Plan) -> bool:
        return plan.sold

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Offer to stop selling what is sold, and to sell again what is not."""
        plan = self.get_object(request, str(object_id))
        hidden = "payments_plan_sell_again" if plan and plan.sold else "payments_plan_stop_selling"
        return [act for act in super().get_actions_detail(request, object_id) if act.action_name != hidden]

    @action(description="Add a plan", url_path="new", icon="add", dialog=NEW_PLAN)
    def make_plan(self, request: HttpRequest, form: NewPlanForm) -> HttpResponse:
        try:
            selling.check_code(form.cleaned_data["code"])
            wish = form.wish()
            if not form.was_seen():
                return _shown(request, NEW_PLAN, form, {"changes": selling.changes(selling.NOTHING, wish)})
            made = selling.make_plan(by=caller_of(request), code=form.cleaned_data["code"], wish=wish)
        except Refusal as refusal:
            return dialog_again(request, NEW_PLAN, form, refusal)
        return go_to(_page_of(made.id))

    @action(description="Change the plan", url_path="edit", icon="edit", dialog=PLAN)
    def change_plan(self, request: HttpRequest, form: PlanForm, object_id: str) -> HttpResponse:
        by, plan_id, plan = caller_of(request), UUID(object_id), form.plan
        assert plan is not None, "the form has looked for it"  # noqa: S101  for the types
        try:
            wish = form.wish()
            if not form.was_seen():
                meaning = {
                    "changes": selling.changes(plan.wish, wish),
                    "affected": selling.affected(by=by, plan_id=plan_id),
                }
                return _shown(request, PLAN, form, meaning)
            selling.change_plan(by=by, plan_id=plan_id, wish=wish, seen=plan.changed_at)
        except Refusal as refusal:
            return dialog_again(request, PLAN, form, refusal)
        return go_to(_page_of(plan_id))

    @action(description="Stop selling", url_path="stop", icon="remove_shopping_cart", dialog=STOP)
    def stop_selling(self, request: HttpRequest, _form: SellForm, object_id: str) -> HttpResponse:
        selling.stop_selling(by=caller_of(request), plan_id=UUID(object_id))
        return go_to(_page_of(object_id))

    @action(description="Sell again", url_path="sell", icon="add_shopping_cart", dialog=AGAIN)
    def sell_again(self, request: HttpRequest, _form: SellForm, object_id: str) -> HttpResponse:
        selling.sell_again(by=caller_of(request), plan_id=UUID(object_id))
        return go_to(_page_of(object_id))


def _shown(request: HttpRequest, dialog: ActionDialog, form: PlanForm, meaning: dict[str, Any]) -> HttpResponse:
    """Return the dialog with what saving it would mean."""
    form.meaning = {**meaning, "asked": True}
    context = {"dialog": dialog, "form": form, "form_submit_text": dialog.get("form_submit_text")}
    return render(request, "unfold/helpers/dialog.html", context)


def _page_of(plan_id: UUID | str) -> str:
    return reverse("admin:payments_plan_change", args=[plan_id])
