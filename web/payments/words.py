"""What the services say of orders, in the reader's language."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from payments.services.orders import OrderInfo, StepInfo
from payments.words import UNPAID, receipt_name

STATES = {  # of an order: its words, and the colour of its badge
    "created": (gettext_lazy("Waiting for your payment"), "warn"),
    "pending": (gettext_lazy("Waiting for your payment"), "warn"),
    "paid": (gettext_lazy("Paid"), "good"),
    "failed": (gettext_lazy("Payment failed"), "bad"),
    "cancelled": (gettext_lazy("Cancelled"), ""),
    "expired": (gettext_lazy("Not paid in time"), ""),
    "mismatch": (gettext_lazy("We are looking at it"), "warn"),
    "partly_refunded": (gettext_lazy("Partly refunded"), "good"),
    "refunded": (gettext_lazy("Refunded"), ""),
    "disputed": (gettext_lazy("Disputed with the bank"), "warn"),
    "reversed": (gettext_lazy("Taken back by the bank"), "bad"),
}
STEPS = {  # of its timeline; those that are missing here tell a payer nothing
    "ordered": gettext_lazy("You placed the order."),
    "opened": gettext_lazy("The payment page was opened for you."),
    "settled": gettext_lazy("Your payment was confirmed, and your room counts."),
    "mailed": gettext_lazy("A mail about it was sent to you."),
    "reminded": gettext_lazy("You were told here that it ends."),
    "ended": gettext_lazy("Its room has gone."),
    "failed": gettext_lazy("The payment did not succeed."),
    "expired": gettext_lazy("It was not paid in time."),
    "cancelled": gettext_lazy("The order was cancelled."),
    "mismatch": gettext_lazy("Money arrived, but not as ordered. The staff was told."),
    "trial_ended": gettext_lazy("The trial is over: real money is taken now, and this was none."),
    "accepted": gettext_lazy("The staff accepted the payment as it was."),
    "refund_requested": gettext_lazy("A refund was begun."),
    "refunded": gettext_lazy("Money went back to you."),
    "refund_failed": gettext_lazy("The refund did not succeed. The staff was told."),
    "disputed": gettext_lazy("Your bank was asked about this payment."),
    "dispute_won": gettext_lazy("The bank decided: the payment stands."),
    "dispute_lost": gettext_lazy("The bank decided: the money is yours again, and the room has gone."),
}
MAILS = {  # those that say more than that there was one
    "plan_ending": gettext_lazy("A mail told you that it ends."),
    "plan_ended": gettext_lazy("A mail told you that its room has gone."),
}
ANSWERS = {  # of Paystack, when it was asked
    "success": gettext_lazy("The payment provider said: paid."),
    "failed": gettext_lazy("The payment provider said: not paid."),
    "reversed": gettext_lazy("The payment provider said: the money has gone back."),
    "abandoned": gettext_lazy("The payment provider said: not paid yet."),
    "unknown": gettext_lazy("The payment provider said: not paid yet."),
}
ASKED = "verified"  # a step: what Paystack answered
DAYS = 2  # what is shorter is told in hours


@dataclass(frozen=True)
class OrderRow:
    """An order as a list and its own page show it."""

    order: OrderInfo

    @property
    def state(self) -> str:
        return str(STATES[self.order.state][0])

    @property
    def colour(self) -> str:
        return STATES[self.order.state][1]

    @property
    def receipts(self) -> list[tuple[int, str]]:
        """The numbers of its receipts, and what they are called."""
        return [(number, receipt_name(number)) for number in self.order.receipts]


@dataclass(frozen=True)
class Moment:
    """One line of a timeline."""

    at: datetime
    says: str


def outcome_of(order: OrderInfo, answer: str) -> str:
    """Return how a payment came out, for the page that tells it: `answer` is what Paystack said last."""
    if order.is_open:
        return "unpaid" if answer == "abandoned" else "checking"
    if order.state in UNPAID:
        return "failed" if order.state == "failed" else "over"
    return {"mismatch": "mismatch", "refunded": "returned", "reversed": "returned"}.get(order.state, "paid")


def timeline(steps: list[StepInfo]) -> list[Moment]:
    """Return what happened with an order, as its owner is told it.

    What is said twice in a row is said once, and what Paystack answers again, whatever came in between.
    """
    told: list[Moment] = []
    last: dict[bool, str] = {}
    for step in steps:
        says, is_answer = _said(step), step.kind == ASKED
        if says and says != last.get(is_answer):
            told.append(Moment(step.at, says))
            last[is_answer] = says
    return told


def _said(step: StepInfo) -> str:
    if step.kind == ASKED:
        return str(ANSWERS.get(step.facts.get("answer", ""), _("The payment provider said: under way.")))
    if step.kind == "mailed" and step.facts.get("mail") in MAILS:
        return str(MAILS[step.facts["mail"]])
    return str(STEPS.get(step.kind, ""))


def length_of(time: timedelta) -> str:
    """Return how long something is as people say it, rounded down: in days, or in hours when it is short."""
    hours = int(time.total_seconds()) // 3600
    if time.days >= DAYS:
        return ngettext("%(count)s day", "%(count)s days", time.days) % {"count": time.days}
    return ngettext("%(count)s hour", "%(count)s hours", hours) % {"count": hours}
