"""Reports of abuse, and what the staff decide about them."""

import pytest
from django.db import transaction

from accounts import limiter
from accounts.callers import Caller
from accounts.models import User
from activity.models import AuditEntry, Event, Mail
from assets.models import Link, Report
from assets.refusals import DownloadLimitReached, LinkLocked, LinkTakenDown
from assets.services import content, links, people, reports, tree, visiting
from cloudbox.errors import AccessDenied, BadInput, Conflict, NotAuthenticated, NotFound, TooManyRequests
from tests.assets.by_link import SOMEWHERE, by, token_to
from tests.people import caller_for

pytestmark = pytest.mark.django_db
ELSEWHERE = Caller.anonymous(address="198.51.100.99")


@pytest.fixture
def staff_caller(staff) -> Caller:
    return caller_for(staff)


@pytest.fixture
def token(me) -> str:
    return token_to(me, me.folder("photos"))


def report(token, visitor=SOMEWHERE, **changed):
    words = {"reason": "malware", "details": "a virus", "reporter": "", **changed}
    reports.report(token=token, given_pass="", visitor=visitor, **words)


def test_a_report_waits_for_the_staff_once_for_each_link_and_address(token):
    for visitor in (SOMEWHERE, SOMEWHERE, ELSEWHERE):
        report(token, visitor)

    assert [(row.state, row.link_label) for row in Report.objects.all()] == [("open", "photos")] * 2


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"reason": "dislike"}, "reason"),
        ({"reason": "other", "details": " "}, "details"),
        ({"details": "x" * 2001}, "details"),
        ({"details": "\x00"}, "details"),
        ({"reporter": "nobody"}, "reporter"),
    ],
)
def test_what_no_report_can_be_is_told_by_its_field(token, changed, field):
    with pytest.raises(BadInput) as refused:
        report(token, **changed)

    assert refused.value.facts["field"] == field
    assert not Report.objects.exists()


def test_only_who_is_let_in_by_a_link_reports_it(me, token):
    locked = token_to(me, me.folder("more"), password="three tame otters")

    with pytest.raises(LinkLocked):
        report(locked)
    with pytest.raises(NotFound):
        report("never-was")


def test_one_network_that_reports_much_is_slowed(me, monkeypatch):
    monkeypatch.setattr(limiter, "REPORTS", limiter.Limit(free=2, cap=60))
    folder = me.folder("photos")
    report(token_to(me, folder))

    report(token_to(me, folder))
    with pytest.raises(TooManyRequests):
        report(token_to(me, folder))


def test_a_report_that_is_upheld_takes_the_link_down_and_tells_its_maker_why(me, token, staff_caller, alice):
    file = me.file("a.txt", me.folder("below"))
    report(token, reporter="eve@example.com")
    report(token, ELSEWHERE)
    visitor = by(token)

    reports.decide(by=staff_caller, report_id=Report.objects.latest("id").id, uphold=True, reason="It is one.")

    for act in (lambda: visiting.opened(token, "", SOMEWHERE), lambda: by(token)):
        with pytest.raises(LinkTakenDown):
            act()
    assert {row.state for row in Report.objects.all()} == {"upheld"}
    [link] = links.made_by(by=me.caller).items
    assert (link.state, link.url, link.api_url) == ("taken_down", None, None)
    assert {(mail.to, mail.kind) for mail in Mail.objects.all()} == {
        ("alice@example.com", "link_taken_down"),
        ("eve@example.com", "report_decided"),
    }
    assert "It is one." in Mail.objects.get(kind="link_taken_down").text
    assert "It is one." not in Mail.objects.get(kind="report_decided").text
    told = Event.objects.get(kind="link_taken_down")
    assert (alice.id in told.audience, told.data["facts"]["reason"]) == (True, "It is one.")
    assert AuditEntry.objects.filter(verb="report_decided", actor_id=staff_caller.user_id).count() == 2
    assert (visitor.caller.link_id, me.read(file)) == (link.id, b"data")  # what it led to is as it was


def test_a_maker_who_sees_it_no_more_is_not_told_what_it_is_called_now(me, colleague, staff_caller, alice, bob):
    folder = me.folder("plans")
    people.add_people(by=me.caller, asset_id=folder.id, role="editor", names=["bob"])
    wish: links.Wish = {}
    by_staff, by_owner, by_maker = (
        links.make(by=colleague.caller, asset_id=folder.id, role="viewer", wish=wish).id for _ in range(3)
    )
    people.remove_people(by=me.caller, asset_id=folder.id, role=None, names=["bob"])
    tree.rename(by=me.caller, asset_id=folder.id, name="Without Bob")

    reports.take_down(by=staff_caller, link_id=by_staff, reason="It is one.")
    links.revoke(by=me.caller, link_id=by_owner)
    links.revoke(by=colleague.caller, link_id=by_maker)

    ends = Event.objects.filter(kind__in=["link_taken_down", "link_revoked"])
    of_bob = ends.filter(audience__contains=[bob.id])
    assert [event.data["facts"]["link_id"] for event in of_bob.order_by("id")] == [
        str(link_id) for link_id in (by_staff, by_owner, by_maker)
    ]
    assert "Without" not in str(list(of_bob.values_list("data"))) + Mail.objects.get(kind="link_taken_down").text
    assert not AuditEntry.objects.filter(actor_id=bob.id, target_label__contains="Without").exists()
    assert ends.filter(audience__contains=[alice.id], data__target__label="Without Bob").count() == 2


def test_a_report_that_is_dismissed_leaves_the_link(token, staff_caller):
    report(token)

    reports.decide(by=staff_caller, report_id=Report.objects.get().id, uphold=False, reason="It is none.")

    assert Report.objects.get().state == "dismissed"
    assert not visiting.opened(token, "", SOMEWHERE).needs_password
    report(token)
    assert Report.objects.filter(state="open").count() == 1


def test_a_decision_has_a_reason_and_is_made_once_by_the_staff(me, token, staff_caller):
    report(token)
    report_id = Report.objects.get().id

    for caller, reason, refusal in (
        (staff_caller, " ", BadInput),
        (staff_caller, "x" * 501, BadInput),
        (me.caller, "mine", AccessDenied),
        (SOMEWHERE, "mine", NotAuthenticated),
    ):
        with pytest.raises(refusal), transaction.atomic():
            reports.decide(by=caller, report_id=report_id, uphold=True, reason=reason)
    assert Link.objects.get().taken_down_at is None
    reports.decide(by=staff_caller, report_id=report_id, uphold=False, reason="No.")
    with pytest.raises(Conflict):
        reports.decide(by=staff_caller, report_id=report_id, uphold=True, reason="Yes.")


def test_nobody_below_a_superuser_takes_down_a_link_of_the_staff(alice, token, staff):
    User.objects.filter(id=alice.id).update(is_staff=True, staff_role="operator")
    User.objects.filter(id=staff.id).update(staff_role="support")
    staff.refresh_from_db()
    report(token)

    with pytest.raises(AccessDenied), transaction.atomic():
        reports.decide(by=caller_for(staff), report_id=Report.objects.get().id, uphold=True, reason="No.")
    assert Report.objects.get().state == "open"


def test_a_link_is_taken_down_without_a_report_and_stays_so(me, token, staff_caller):
    link_id = Link.objects.get(asset__name="photos").id

    for _ in range(2):
        reports.take_down(by=staff_caller, link_id=link_id, reason="Seen.")

    assert Mail.objects.filter(kind="link_taken_down").count() == 1
    links.change(by=me.caller, link_id=link_id, wish={"label": "again"})
    assert Link.objects.get().taken_down_reason == "Seen."
    with pytest.raises(LinkTakenDown):
        visiting.opened(token, "", SOMEWHERE)


def test_a_download_that_has_begun_counts_no_more_once_a_link_is_taken_down(me, staff_caller):
    token = token_to(me, me.file("a.txt"), download_limit=3)
    visitor = by(token)
    reports.take_down(by=staff_caller, link_id=Link.objects.get().id, reason="Seen.")

    opened = content.open_file(by=visitor.caller, file_id=Link.objects.get().asset_id)
    assert opened.admit
    with pytest.raises(DownloadLimitReached):
        opened.admit(0)
