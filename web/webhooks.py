"""/account/webhooks: addresses that are called for what happens, and what became of the calls."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.callers import Caller
from activity import deliveries, kinds, webhooks
from activity.deliveries import DeliveryInfo
from activity.kinds import Topic
from activity.webhooks import WebhookInfo, Wish
from web.forms import PageForm
from web.pages import as_given, do, fill_in, filled_in, for_people, show, shown, shown_or_filled_in
from web.pieces import is_piece

HERE = "webhooks"
STATES = {
    "pending": (gettext_lazy("waits"), "warn"),
    "sending": (gettext_lazy("on its way"), "warn"),
    "delivered": (gettext_lazy("delivered"), "good"),
    "failed": (gettext_lazy("failed"), "bad"),
}
ERRORS = {
    "not_allowed": gettext_lazy("the address may not be called"),
    "no_certificate": gettext_lazy("its certificate does not count"),
    "timeout": gettext_lazy("no answer in time"),
    "no_connection": gettext_lazy("no connection"),
    "no_secret": gettext_lazy("the secret cannot be opened; make a new one"),
    "turned_off": gettext_lazy("the webhook was turned off"),
}
OFF = {
    "gone": gettext_lazy("The server turned it off: the address answered that it is gone (410)."),
    "failing": gettext_lazy("The server turned it off: nothing went for five days."),
    "staff": gettext_lazy("The staff of this server turned it off."),
}


class KindsWidget(forms.CheckboxSelectMultiple):
    """Many boxes, of which one topic at a time is open."""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:  # noqa: ARG002 - our templates
        return render_to_string("web/kinds.html", self.get_context(name, value, attrs))


class WebhookForm(PageForm):
    url = forms.CharField(
        label=gettext_lazy("Address"),
        help_text=gettext_lazy("It is called with POST, such as https://example.com/hook."),
        widget=forms.URLInput({"autocomplete": "off", "spellcheck": "false"}),
    )
    label = forms.CharField(
        label=gettext_lazy("What it is for"), required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("For what"),
        required=False,
        help_text=gettext_lazy("Nothing chosen: for all of them, and those that come later."),
        widget=KindsWidget,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["kinds"].choices = _choices()  # type: ignore[attr-defined]  # it has them


@dataclass(frozen=True)
class HookRow:
    """A webhook in a list."""

    hook: WebhookInfo

    @property
    def name(self) -> str:
        return self.hook.label or urlsplit(self.hook.url).netloc

    @property
    def off(self) -> str:
        return str(OFF.get(self.hook.off_reason, _("You turned it off."))) if not self.hook.is_active else ""


@dataclass(frozen=True)
class Call:
    """A delivery as the log shows it."""

    info: DeliveryInfo

    @property
    def state(self) -> str:
        return str(STATES[self.info.state][0])

    @property
    def colour(self) -> str:
        return STATES[self.info.state][1]

    @property
    def says(self) -> str:
        kind = kinds.find(self.info.kind)
        return str(kind.says) if kind else _("A test")

    @property
    def error(self) -> str:
        return str(ERRORS.get(self.info.error, self.info.error))

    @property
    def is_over(self) -> bool:
        return self.info.state in {"delivered", "failed"}


@shown
@for_people
def mine(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """List them, newest first."""
    page = webhooks.page(by=by, cursor=request.GET.get("cursor"))
    return show(
        request, "webhooks.html", {"here": HERE, "hooks": [HookRow(hook) for hook in page.items], "next": page.next}
    )


@shown_or_filled_in
@for_people
def make(request: HttpRequest, by: Caller) -> HttpResponseBase:
    """A new webhook, and then its page with the secret."""

    def make(given: dict[str, Any]) -> HttpResponseBase:
        made = webhooks.make(by=by, url=given["url"], label=given["label"], kinds=given["kinds"])
        return _page(request, by, made.info, secret=made.secret, said=_("The webhook is made. Test it now."))

    context = {
        "here": HERE,
        "heading": _("A new webhook"),
        "button": _("Make the webhook"),
        "back": reverse("webhooks"),
    }
    return fill_in(request, "webhook_form.html", as_given(WebhookForm, request), make, **context)


@shown
@for_people
def webhook(request: HttpRequest, by: Caller, webhook_id: str) -> HttpResponseBase:
    """One webhook: how it is, and its log."""
    return _page(request, by, webhooks.get(by=by, webhook_id=UUID(webhook_id)))


@shown_or_filled_in
@for_people
def change(request: HttpRequest, by: Caller, webhook_id: str) -> HttpResponseBase:
    """Another address, label, or other kinds."""
    known = webhooks.get(by=by, webhook_id=UUID(webhook_id))

    def save(given: dict[str, Any]) -> HttpResponseBase:
        wish = Wish(url=given["url"], label=given["label"], kinds=given["kinds"])
        webhooks.change(by=by, webhook_id=known.id, wish=wish)
        messages.success(request, _("The webhook is changed."))
        return redirect("webhook", known.id)

    form = as_given(WebhookForm, request, initial={"url": known.url, "label": known.label, "kinds": known.kinds})
    context = {"here": HERE, "heading": _("Change the webhook"), "button": _("Save"), "back": _page_of(webhook_id)}
    return fill_in(request, "webhook_form.html", form, save, **context)


@filled_in
@for_people
def reveal(request: HttpRequest, by: Caller, webhook_id: str) -> HttpResponseBase:
    """Show the secret."""
    known = webhooks.get(by=by, webhook_id=UUID(webhook_id))
    return _page(request, by, known, secret=webhooks.secret_of(by=by, webhook_id=known.id))


@filled_in
@for_people
def rotate(request: HttpRequest, by: Caller, webhook_id: str) -> HttpResponseBase:
    """A new secret, and show it; the one before signs for a day, too."""
    made = webhooks.rotate_secret(by=by, webhook_id=UUID(webhook_id))
    said = _("This is the new secret. For a day the one before signs, too.")
    return _page(request, by, made.info, secret=made.secret, said=said)


@filled_in
@for_people
def turn(request: HttpRequest, by: Caller, webhook_id: str) -> HttpResponseBase:
    """Turn it on or off."""
    is_on = request.POST.get("on") == "yes"
    done = _("The webhook is on.") if is_on else _("The webhook is off. What waited for it is given up.")

    def act() -> None:
        webhooks.change(by=by, webhook_id=UUID(webhook_id), wish=Wish(is_active=is_on))

    return do(request, act, done=done, back=_page_of(webhook_id))


@filled_in
@for_people
def test(request: HttpRequest, by: Caller, webhook_id: str) -> HttpResponseBase:
    """Send an event that says nothing; the log tells what became of it."""

    def act() -> None:
        deliveries.test(by=by, webhook_id=UUID(webhook_id))

    done = _("A test is on its way. What became of it stands in the log.")
    return do(request, act, done=done, back=f"{_page_of(webhook_id)}#log")


@filled_in
@for_people
def retry(request: HttpRequest, by: Caller, webhook_id: str, delivery_id: str) -> HttpResponseBase:
    """Send one again, now."""

    def act() -> None:
        deliveries.retry(by=by, webhook_id=UUID(webhook_id), delivery_id=UUID(delivery_id))

    return do(request, act, done=_("It is sent again."), back=f"{_page_of(webhook_id)}#log")


@shown_or_filled_in
@for_people
def delete(request: HttpRequest, by: Caller, webhook_id: str) -> HttpResponseBase:
    """Ask, and delete it."""
    known = HookRow(webhooks.get(by=by, webhook_id=UUID(webhook_id)))

    def act(_given: dict[str, Any]) -> HttpResponseBase:
        webhooks.delete(by=by, webhook_id=known.hook.id)
        messages.success(request, _("The webhook is gone."))
        return redirect("webhooks")

    context = {
        "here": HERE,
        "heading": _("Delete %(name)s?") % {"name": known.name},
        "said": _("Its address is called no more, its log is gone, and so is what waits for it."),
        "button": _("Delete the webhook"),
        "danger": True,
        "back": _page_of(webhook_id),
    }
    return fill_in(request, "own_form.html", as_given(PageForm, request), act, **context)


def _page(
    request: HttpRequest, by: Caller, known: WebhookInfo, *, secret: str = "", said: str = ""
) -> HttpResponseBase:
    """Show a webhook; with its secret where it has just been made or asked for."""
    log = deliveries.page(by=by, webhook_id=known.id, cursor=request.GET.get("cursor"), limit=20)
    context: dict[str, Any] = {"calls": [Call(info) for info in log.items], "next": log.next, "row": HookRow(known)}
    if is_piece(request):
        return show(request, "webhook_log.html", context)
    found = [kind for name in known.kinds if (kind := kinds.find(name))]
    context |= {"here": HERE, "kinds": found, "secret": secret, "said": said}
    context["waits"] = any(not call.is_over for call in context["calls"])
    return show(request, "webhook.html", context)


def _choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Return the kinds that webhooks are called for, by topic."""
    called = [kind for kind in kinds.known() if kind.called_out]
    return [
        (str(topic.label), [(kind.name, str(kind.says)) for kind in called if kind.topic == topic])
        for topic in Topic
        if any(kind.topic == topic for kind in called)
    ]


def _page_of(webhook_id: str) -> str:
    return reverse("webhook", args=[webhook_id])
