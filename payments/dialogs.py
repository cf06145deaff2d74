"""What the staff fill in about money."""

import hashlib
import json
from typing import Any
from uuid import UUID

from django import forms
from unfold.dataclasses import ActionDialog
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget, UnfoldBooleanWidget

from accounts.credentials import caller_of
from accounts.dialogs import Bytes
from accounts.rules import LONGEST_REASON
from cloudbox.errors import Refusal
from cloudbox.money import as_money, minor_of, plainly
from cloudbox.sizes import exactly
from payments.services import reconciling, refunds, selling
from payments.services.selling import PlanNow, Wish
from payments.words import Currency


class Amount(forms.CharField):
    """An amount of money as people write it: `2,000.00`. Minor units; None when empty."""

    widget = UnfoldAdminTextInputWidget

    def clean(self, value: str) -> int | None:
        written = super().clean(value).strip()
        try:
            return minor_of(written) if written else None
        except ValueError as error:
            raise forms.ValidationError(f"It must be {error}.") from error


class PlanForm(BaseDialogForm):
    """A plan as it shall be. What it means is shown before it is saved: `seen` is of what was shown."""

    form_after_template = "admin/payments/meaning.html"

    name = forms.CharField(max_length=80, widget=UnfoldAdminTextInputWidget)
    bytes = Bytes(label="Room", help_text="Such as 5 GiB; beyond what everybody has.")
    days = forms.IntegerField(min_value=1, max_value=selling.MOST_DAYS, widget=UnfoldAdminIntegerFieldWidget)
    position = forms.IntegerField(
        min_value=0,
        max_value=selling.LAST_POSITION,
        initial=0,
        help_text="The smallest stands first.",
        widget=UnfoldAdminIntegerFieldWidget,
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    data: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for currency in Currency.values:
            self.fields[f"price_{currency.lower()}"] = Amount(required=False, label=f"Price in {currency}")
        self.plan = self._plan()
        if self.plan:
            self._fill_in(self.plan.wish)
        self.meaning: dict[str, Any] = {}

    def wish(self) -> Wish:
        """Return what was filled in. Raises BadInput."""
        given = self.cleaned_data
        amounts = {currency: given[f"price_{currency.lower()}"] for currency in Currency.values}
        return selling.check(
            Wish(
                name=given["name"],
                bytes=given["bytes"],
                days=given["days"],
                position=given["position"],
                prices={currency: amount for currency, amount in amounts.items() if amount is not None},
            )
        )

    def was_seen(self) -> bool:
        """Return whether what is sent was shown with what it means; if not, it is from now on."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "seen"}
        state = [str(self.plan.changed_at) if self.plan else "", str(given)]
        digest = hashlib.sha256(json.dumps(state).encode()).hexdigest()
        before = self.cleaned_data["seen"]
        self.data = {**self.data.dict(), "seen": digest}
        return before == digest

    def get_after_template_context(self, request: Any, object_id: Any = None) -> dict[str, Any]:  # noqa: ARG002  the theme hands it over
        return self.meaning

    def _plan(self) -> PlanNow | None:
        if self.object_id is None:
            return None
        return selling.plan(by=caller_of(self.request), plan_id=UUID(str(self.object_id)))

    def _fill_in(self, wish: Wish) -> None:
        self.initial |= {"name": wish.name, "days": wish.days, "position": wish.position, "bytes": exactly(wish.bytes)}
        for currency, amount in wish.prices.items():
            self.initial[f"price_{currency.lower()}"] = plainly(amount)


class NewPlanForm(PlanForm):
    code = forms.CharField(
        max_length=40,
        help_text="What programs call it; it never changes. Small letters, digits and -.",
        widget=UnfoldAdminTextInputWidget,
    )
    field_order = ("code",)


class ReasonForm(BaseDialogForm):
    reason = forms.CharField(
        max_length=LONGEST_REASON, label="Why", help_text="Recorded.", widget=UnfoldAdminTextInputWidget
    )


class DaysForm(BaseDialogForm):
    days = forms.IntegerField(
        min_value=1,
        max_value=reconciling.MOST_DAYS,
        initial=reconciling.NIGHTLY,
        label="Days up to now",
        widget=UnfoldAdminIntegerFieldWidget,
    )


class RefundForm(BaseDialogForm):
    """How much goes back, and whether the room goes with it. All that is left, if nothing is said."""

    amount = Amount(required=False, label="How much")
    takes_room = forms.BooleanField(
        required=False,
        initial=True,
        label="Take the room back",
        help_text="All of the money takes it in any case.",
        widget=UnfoldBooleanWidget,
    )
    reason = forms.CharField(
        max_length=refunds.LONGEST_REASON,
        label="Why",
        help_text="Recorded, and told to Paystack.",
        widget=UnfoldAdminTextInputWidget,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        try:
            left, currency = refunds.left_of(by=caller_of(self.request), order_id=UUID(str(self.object_id)))
        except Refusal as refusal:
            self.fields["amount"].help_text = refusal.message
        else:
            self.fields["amount"].help_text = f"Empty: all that is left, {as_money(left, currency)}."


class SellForm(BaseDialogForm):
    """Nothing to fill in; whom it concerns is shown."""

    form_before_template = "admin/payments/meaning.html"

    def get_before_template_context(self, request: Any, object_id: Any = None) -> dict[str, Any]:
        return {"affected": selling.affected(by=caller_of(request), plan_id=UUID(str(object_id)))}


def _dialog(title: str, description: str, form: type[BaseDialogForm], submit: str) -> ActionDialog:
    return {"title": title, "description": description, "form_class": form, "form_submit_text": submit}


NEW_PLAN = _dialog(
    "Add a plan",
    "It stands on the price list once it is saved, and is sold in the currencies that have a price.",
    NewPlanForm,
    "Save",
)
PLAN = _dialog(
    "Change the plan",
    "For orders from now on. Whoever has it keeps what they bought, and orders that wait keep their price. "
    "Without a price it is not sold in that currency.",
    PlanForm,
    "Save",
)
CHECK = _dialog(
    "Ask Paystack now", "What it says of the charge counts at once, and nothing else does.", BaseDialogForm, "Ask"
)
REFUND = _dialog("Send money back", "Paystack sends it to the payer, which takes days.", RefundForm, "Send back")
ACCEPT = _dialog(
    "Accept the payment",
    "What was ordered is given, though the payment is not what was asked for.",
    ReasonForm,
    "Accept",
)
SETTLE = _dialog(
    "Look again", "Paystack is asked, and what can be settled is: the order, or a refund.", BaseDialogForm, "Look again"
)
DISMISS = _dialog("Dismiss the finding", "It is not told again while it stays as it is.", ReasonForm, "Dismiss")
COMPARE = _dialog(
    "Compare now", "A task compares Paystack's books with ours, and settles what it can.", DaysForm, "Compare"
)
STOP = _dialog(
    "Stop selling", "It leaves the price list. Orders that wait can still be paid.", SellForm, "Stop selling"
)
AGAIN = _dialog("Sell again", "It stands on the price list again, at the prices that it has.", SellForm, "Sell again")
