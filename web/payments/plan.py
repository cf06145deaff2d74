"""/account/plan: what one has, what is for sale, and buying it."""

from dataclasses import dataclass
from functools import wraps
from typing import Any

from csp.decorators import csp_update
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from accounts import services
from accounts.callers import Caller
from cloudbox.errors import BadInput
from payments.billing import for_sale
from payments.services import checkout, plans, standing
from payments.services.checkout import Quote
from payments.words import Phase
from web.forms import PageForm
from web.pages import as_given, fill_in, for_people, shell_of, show, shown, shown_or_filled_in, type_of_page
from web.payments.words import length_of

HERE = "plan"
SEE_OTHER = 303


@dataclass(frozen=True)
class Offer:
    """A pack in the price list: what it would mean to buy it now."""

    quote: Quote
    is_own: bool  # the one that runs

    @property
    def verb(self) -> str:
        if self.is_own:
            return _("Extend")
        return _("Upgrade") if self.quote.takes_over else _("Buy")


def leads_to_paystack(view: type_of_page) -> type_of_page:
    """Let the form of a page lead to Paystack: browsers hold `form-action` against where its answer redirects, too."""

    @wraps(view)
    def page(*arguments: Any, **named: Any) -> HttpResponseBase:
        allowed = csp_update({"form-action": settings.CLOUDBOX_PAYING.checkout})
        return allowed(view)(*arguments, **named)

    return page


class BuyForm(PageForm):
    currency = forms.CharField(widget=forms.HiddenInput)


@for_sale
@shown
@for_people
def plan(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """What one has, and the price list in one currency."""
    space = services.space(by=by)
    found = standing.standing_of(by.must_see_account(), space)
    prices = plans.price_list()
    currency = _currency_of(request, by, prices.currencies)
    offers = checkout.offers(prices, by=by, currency=currency)
    own = found.term.plan if found.term and found.state == Phase.ACTIVE else ""
    context = {
        **around(),
        "shell": shell_of(by, space),
        "standing": found,
        "prices": prices,
        "currency": currency,
        "offers": [Offer(quote, is_own=quote.plan.code == own) for quote in offers],
    }
    return show(request, "payments/plan.html", context)


@for_sale
@shown_or_filled_in
@leads_to_paystack
@for_people
def buy(request: HttpRequest, by: Caller, plan: str) -> HttpResponseBase:
    """What buying a pack would mean, exactly; the button leads to the page of Paystack on which it is paid."""
    currency = request.POST.get("currency") or _currency_of(request, by, [])
    quote = checkout.quote(by=by, plan=plan, currency=currency)

    def act(given: dict[str, Any]) -> HttpResponseBase:
        order = checkout.begin(by=by, plan=plan, currency=given["currency"], offer=request.POST.get("offer"))
        return HttpResponseRedirect(order.page, status=SEE_OTHER)

    form = as_given(BuyForm, request, initial={"currency": currency})
    context = {
        "quote": quote,
        "email": services.profile(by=by).email,
        "extra": length_of(quote.extra),
        "grace": settings.CLOUDBOX_GRACE_DAYS,
    }
    return fill_in(request, "payments/buy.html", form, act, **context, **around())


def around() -> dict[str, Any]:
    """Return what all pages about payments know: where they are, and what kind of money is meant."""
    return {"here": HERE, "mode": settings.CLOUDBOX_PAYING.mode}


def _currency_of(request: HttpRequest, by: Caller, sold: list[str]) -> str:
    """Return the currency that is asked for, or that of one's last order, or the first. Raises BadInput."""
    wanted = request.GET.get("currency")
    if wanted is None:
        usual = checkout.usual_currency(by=by)
        sold = sold or plans.price_list().currencies
        return usual if usual in sold else next(iter(sold), "")
    if sold and wanted not in sold:
        raise BadInput("currency", _("Nothing is sold in this currency."))
    return wanted
