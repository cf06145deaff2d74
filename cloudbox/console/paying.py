"""What is well with money and what is not: what waits for the staff, and whether Paystack still tells."""

from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

import activity.figures
from cloudbox.console.finding import Finding, some
from cloudbox.staff import lasting
from payments.figures import Figures
from payments.services.proving import PROVEN

SILENT = timedelta(hours=1)  # after a payment, for its webhook to come
LATE = timedelta(days=2)  # the books are compared each night


def findings(money: Figures, told: activity.figures.Figures) -> Iterator[Finding]:
    """Yield every finding about money; none where nothing is sold, and nothing was."""
    if not settings.CLOUDBOX_BILLING and money.last_payment is None:
        return
    yield _mismatches(money)
    yield _proof(told)
    yield _books(money)
    yield _refunds(money)
    yield _disputes(money)
    yield _webhooks(money)


def _mismatches(money: Figures) -> Finding:
    what, link = "Payments", f"{_list('order')}?state__exact=mismatch"
    if not money.mismatches:
        trial = settings.CLOUDBOX_PAYING.simulated
        sentence = "Money is simulated, and none moves." if trial else "Every payment is what was ordered."
        return Finding(what, well=True, sentence=sentence, link=_list("order"))
    verb = "is" if money.mismatches == 1 else "are"
    sentence = f"{some(money.mismatches, 'payment')} {verb} not what was ordered."
    return Finding(what, well=False, sentence=sentence, link=link, todo="Send the money back, or accept it.")


def _books(money: Figures) -> Finding:
    what, link = "Paystack's books", _list("finding")
    if money.findings:
        sentence = f"{some(money.findings, 'difference')} between Paystack's books and ours."
        todo = "Settle each from the list, or dismiss it with a reason."
        return Finding(what, well=False, sentence=sentence, link=link, todo=todo)
    if money.last_comparison is None:
        return Finding(what, well=True, sentence="They were not compared with ours yet.", link=link)
    well, ago = money.last_comparison > timezone.now() - LATE, lasting(money.last_comparison)
    sentence = f"They agreed with ours when they were last compared, {ago} ago."
    todo = "Is the scheduler running, and does Paystack answer? The list of reconciliations says why."
    return Finding(what, well=well, sentence=sentence, link=_list("reconciliation"), todo=todo)


def _proof(told: activity.figures.Figures) -> Finding:
    """Tell whether money and room agreed when somebody last looked, which happens each night."""
    what, link = "Money and room", f"{reverse('admin:activity_auditentry_changelist')}?verb={PROVEN}"
    last = told.last.get(PROVEN)
    if last is None:
        sentence = "Nobody has looked yet whether they agree (manage.py payments_prove)."
        return Finding(what, well=True, sentence=sentence, link=link)
    at, facts = last
    if facts["faults"]:
        sentence = f"They did not agree {lasting(at)} ago: {', '.join(facts['faults'])}."
        return Finding(what, well=False, sentence=sentence, link=link, todo="Run `manage.py payments_prove`.")
    return Finding(what, well=True, sentence=f"They agreed {lasting(at)} ago.", link=link)


def _refunds(money: Figures) -> Finding:
    what, link = "Refunds", f"{_list('refund')}?state__exact=needs_attention"
    if not money.stuck_refunds:
        return Finding(what, well=True, sentence="No refund needs attention.", link=_list("refund"))
    verb = "needs" if money.stuck_refunds == 1 else "need"
    sentence = f"{some(money.stuck_refunds, 'refund')} {verb} attention."
    return Finding(what, well=False, sentence=sentence, link=link, todo="Paystack's dashboard says what it asks for.")


def _disputes(money: Figures) -> Finding:
    what, link = "Disputes", f"{_list('dispute')}?state__exact=open"
    if not money.disputes:
        return Finding(what, well=True, sentence="Nobody disputes a charge.", link=_list("dispute"))
    verb = "waits" if money.disputes == 1 else "wait"
    until = f", the first until {date_format(money.dispute_due)}" if money.dispute_due else ""
    sentence = f"{some(money.disputes, 'dispute')} {verb} for an answer{until}."
    return Finding(what, well=False, sentence=sentence, link=link, todo="Answer at Paystack's dashboard.")


def _webhooks(money: Figures) -> Finding:
    """Tell when the last one came. None after a payment is a sign that they do not reach us."""
    what, link = "Paystack's webhooks", _list("providerevent")
    if money.lost_webhooks:
        sentence = f"{some(money.lost_webhooks, 'webhook')} could not be acted on."
        todo = "Read the error in the list, and process it again."
        return Finding(what, well=False, sentence=sentence, link=f"{link}?state__exact=failed", todo=todo)
    came = f"The last one came {lasting(money.last_webhook)} ago" if money.last_webhook else "None has come yet"
    if _is_silent(money):
        sentence = f"{came}, though payments have."
        todo = "Look at the address of the webhook at Paystack's dashboard. Payments count all the same, but later."
        return Finding(what, well=False, sentence=sentence, link=link, todo=todo)
    return Finding(what, well=True, sentence=f"{came}.", link=link)


def _is_silent(money: Figures) -> bool:
    if money.last_payment is None or money.last_payment > timezone.now() - SILENT:
        return False
    return money.last_webhook is None or money.last_webhook < money.last_payment - SILENT


def _list(model: str) -> str:
    return reverse(f"admin:payments_{model}_changelist")
