"""Reports of abuse: somebody's word that what a link shows should not be there, and what the staff decide."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from accounts import limiter
from accounts.callers import Caller
from accounts.rules import is_text
from accounts.staff import must_outrank
from activity import services as activity
from activity.services import Target, mail
from assets import makers
from assets.models import Link, Report
from assets.services.visiting import link_for
from cloudbox.errors import BadInput, Conflict, NotFound

LONGEST_DETAILS = 2000
LONGEST_REASON = 500
REASONS = tuple(Report.Reason.values)
STAFF = "support"  # who decides


def report(*, token: str, given_pass: str, visitor: Caller, reason: str, details: str = "", reporter: str = "") -> None:
    """Report what the link shows, as somebody whom it lets in. Who did already and waits for the staff changes nothing.

    Raises BadInput, TooManyRequests, and what coming by the link raises.
    """
    link_id = link_for(token, given_pass)
    words = _clean(reason, details, reporter)
    limiter.report(address=visitor.address)
    with transaction.atomic():
        link = Link.objects.select_for_update(of=("self",)).select_related("asset").get(pk=link_id)
        if Report.objects.filter(link=link, address=visitor.address, state=Report.State.OPEN).exists():
            return
        made = Report.objects.create(link=link, link_label=link.asset.name, address=visitor.address, **words)
        target = Target("report", made.id, link.asset.name)
        activity.record("link_reported", by=visitor.who, target=target, reason=reason, link_id=str(link.id))


def decide(*, by: Caller, report_id: UUID, uphold: bool, reason: str) -> None:
    """Decide about a report, as one of the staff: take the link down, or leave it. `reason` says why.

    Taking a link down answers all its open reports. Its maker is told with the reason, and whoever reported it and
    left an address without. Raises NotAuthenticated, AccessDenied, BadInput, NotFound, and Conflict for a report that
    is decided.
    """
    by.must_be_staff(STAFF)
    reason = _reason(reason)
    with transaction.atomic():
        found = Report.objects.select_for_update(of=("self",)).filter(pk=report_id).first()
        if found is None:
            raise NotFound
        if found.state != Report.State.OPEN:
            raise Conflict("This report is decided already.")
        answered = [found]
        if uphold and found.link_id:
            _take_down(by, found.link_id, reason)
            answered = list(Report.objects.filter(link=found.link_id, state=Report.State.OPEN))
        for each in answered:
            _close(by, each, uphold, reason)


def take_down(*, by: Caller, link_id: UUID, reason: str) -> None:
    """Take a link down without a report, as one of the staff. Its open reports are answered with that."""
    by.must_be_staff(STAFF)
    reason = _reason(reason)
    with transaction.atomic():
        _take_down(by, link_id, reason)
        for each in Report.objects.filter(link=link_id, state=Report.State.OPEN):
            _close(by, each, uphold=True, reason=reason)


def _take_down(by: Caller, link_id: UUID, reason: str) -> None:
    link = Link.objects.select_for_update(of=("self",)).select_related("asset", "maker").filter(pk=link_id).first()
    if link is None:
        raise NotFound
    must_outrank(by, link.maker)
    if link.taken_down_at is not None:
        return
    Link.objects.filter(pk=link.id).update(taken_down_at=timezone.now(), taken_down_reason=reason)
    makers.record_end("link_taken_down", by, link, reason=reason)
    if link.maker.email:
        name = link.asset.name if makers.sees(link) else link.label or link.asset.kind
        context = {"name": name, "kind": link.asset.kind, "label": link.label, "reason": reason}
        mail(to=link.maker.email, kind="link_taken_down", context=context)


def _close(by: Caller, found: Report, uphold: bool, reason: str) -> None:
    found.state = Report.State.UPHELD if uphold else Report.State.DISMISSED
    found.decided_by_id, found.decided_at, found.decision = by.user_id, timezone.now(), reason
    found.save(update_fields=["state", "decided_by", "decided_at", "decision"])
    target = Target("report", found.id, found.link_label)
    activity.record("report_decided", by=by.who, target=target, state=str(found.state), reason=reason)
    if found.reporter:
        mail(to=found.reporter, kind="report_decided", context={"upheld": uphold}, dedupe=f"report:{found.id}")


def _clean(reason: str, details: str, reporter: str) -> dict[str, str]:
    """Return what a report says. Raises BadInput."""
    if reason not in REASONS:
        raise BadInput("reason", f"One of {', '.join(REASONS)}.")
    details, reporter = details.strip(), reporter.strip()
    if len(details) > LONGEST_DETAILS or not is_text(details.replace("\r", "").replace("\n", " ").replace("\t", " ")):
        raise BadInput("details", f"At most {LONGEST_DETAILS} characters, and only ones that can be typed.")
    if reason == Report.Reason.OTHER and not details:
        raise BadInput("details", "Say what is wrong with it.")
    if reporter:
        _check_address(reporter)
    return {"reason": reason, "details": details, "reporter": reporter}


def _check_address(reporter: str) -> None:
    try:
        validate_email(reporter)
    except ValidationError:
        raise BadInput("reporter", "Not a mail address.") from None


def _reason(reason: str) -> str:
    reason = reason.strip()
    if not 1 <= len(reason) <= LONGEST_REASON or not is_text(reason):
        raise BadInput("reason", f"Say why, in at most {LONGEST_REASON} characters.")
    return reason
