"""Every page of the administration: who sees it, and what it costs."""

import shutil
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from accounts.callers import SYSTEM
from accounts.models import AccessKey
from activity.models import Delivery, Seal, Webhook
from activity.services import Target, record
from assets.checking import CHECKED
from assets.models import Asset, Blob, Condemned, Damage, Link, Move, Report, Upload
from assets.services import tree
from tests.admin.use import CONTENT, browser_of, use
from tests.people import caller_for

pytestmark = pytest.mark.django_db

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)
OWN_PAGES = [
    reverse(f"admin:{name}")
    for name in ("index", "exports", "revenue", "settings_in_force", "password_change", "two_factor")
]
NOBODY = "00000000-0000-7000-8000-000000000000"


def page(model, kind, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{kind}", args=args)


def row_of(model):
    return model._default_manager.first().pk


def statuses(ask, addresses):
    """Return what the server answers: statuses by address."""
    return {address: ask(address).status_code for address in addresses}


@pytest.fixture
def lists(in_use):
    """The address of each list; none of them is empty."""
    Seal.objects.create(first=1, last=3, count=3, hash="0" * 64)
    return [page(model, "changelist") for model in MODELS]


@pytest.fixture
def rows(lists):
    """The address of one row of each list."""
    return [page(model, "change", row_of(model)) for model in MODELS]


def test_the_staff_see_every_page(dora, lists, rows):
    answers = statuses(dora.get, [*OWN_PAGES, *lists, *rows])

    assert set(answers.values()) == {200}, answers


def test_the_staff_never_see_what_a_file_contains(dora, lists, rows):
    answers = [dora.get(address).content for address in [*OWN_PAGES, *lists, *rows]]

    assert not [answer for answer in answers if CONTENT in answer]
    assert not [answer for answer in answers if b"/content" in answer or b"/download" in answer]


def test_the_staff_see_the_page_of_each_app(dora):
    apps = {model._meta.app_label for model in MODELS}
    answers = statuses(dora.get, [reverse("admin:app_list", args=[app]) for app in sorted(apps)])

    assert set(answers.values()) == {200}, answers


def test_a_name_that_somebody_chose_is_shown_as_text(dora, alice):
    tree.make_folder(by=caller_for(alice), parent_id=None, name="<script>alert(1)<")

    shown = dora.get(reverse("admin:assets_asset_changelist")).content.decode()

    assert "&lt;script&gt;alert(1)&lt;" in shown
    assert "<script>alert" not in shown


@pytest.mark.parametrize("term", ["plän", "PLAN", "an", "years/plan"])
def test_files_are_found_by_a_part_of_their_name_whatever_case_and_accents(term, dora, alice):
    tree.make_folder(by=caller_for(alice), parent_id=None, name="Jahresplan")
    tree.make_folder(by=caller_for(alice), parent_id=None, name="Photos")

    found = dora.get(reverse("admin:assets_asset_changelist"), {"q": term}).context["cl"].result_list

    assert [asset.name for asset in found] == ([] if "/" in term else ["Jahresplan"])


def test_others_see_none_of_them(alice, lists, rows):
    for browser in (Client(), browser_of(alice)):
        answers = statuses(browser.get, [*OWN_PAGES, *lists, *rows])

        assert set(answers.values()) == {302}, answers


def test_the_address_works_without_its_slash(dora):
    assert dora.get("/admin", follow=True).status_code == 200


def test_others_are_sent_to_sign_in(alice):
    assert browser_of(alice).get(OWN_PAGES[0]).url.startswith(reverse("admin:login"))


def test_the_staff_never_see_what_an_access_key_is_made_of(dora, lists, rows):
    [secret, *_] = AccessKey.objects.values_list("token_hash", "sealed_secret")

    for address in (page(AccessKey, "changelist"), page(AccessKey, "change", row_of(AccessKey))):
        shown = dora.get(address).content.decode()
        assert [text for text in secret if text in shown] == []


def test_the_staff_never_see_the_secret_of_a_webhook_nor_what_it_was_sent(dora, lists, rows):
    [secrets] = Webhook.objects.values_list("secret_sealed", "url")
    [body] = Delivery.objects.values_list("body", flat=True)

    for model in (Webhook, Delivery):
        for address in (page(model, "changelist"), page(model, "change", row_of(model))):
            shown = dora.get(address).content.decode()
            assert [text for text in (*secrets, body, "webhook_test&quot;") if text in shown] == []


def test_the_staff_never_see_where_a_link_leads_nor_to_what(dora, lists, rows):
    [secrets] = Link.objects.values_list("token_sha256", "token_sealed", "password", "asset__name")

    for address in (page(Link, "changelist"), page(Link, "change", row_of(Link))):
        shown = dora.get(address).content.decode()
        assert [text for text in secrets if text in shown] == []


def test_nobody_writes_past_the_services(dora, lists):
    forms = [page(model, "add") for model in MODELS]
    forms += [page(model, kind, row_of(model)) for model in MODELS for kind in ("change", "delete")]

    answers = statuses(lambda address: dora.post(address, {"post": "yes"}), forms)

    assert set(answers.values()) == {403}, answers


def test_a_long_list_costs_as_many_queries_as_a_short_one(dora, alice, staff, lists):
    def cost(address):
        with CaptureQueriesContext(connection) as queries:
            dora.get(address)
        return len(queries)

    short = {address: cost(address) for address in lists}
    use(alice, staff, 5)
    long = {address: cost(address) for address in lists}

    assert max(short.values()) <= 10, short
    assert {address: long[address] for address in lists if long[address] > short[address]} == {}


@pytest.mark.parametrize("term", ["alice", NOBODY, "a'b%_\\"])
def test_every_list_can_be_searched(term, dora, lists):
    answers = statuses(lambda address: dora.get(address, {"q": term}), lists)

    assert set(answers.values()) == {200}, answers


def test_what_lies_under_a_key_is_found_by_it(dora, in_use):
    damage = Damage.objects.get()
    key = damage.blob.key or ""
    Condemned.objects.create(store="local", key=key, delete_at=timezone.now())

    for model in ("blob", "damage", "condemned"):
        for term in (key, f" {key} "):
            found = dora.get(reverse(f"admin:assets_{model}_changelist"), {"q": term}).context["cl"].result_list
            assert len(found) == 1, model


def test_only_our_own_pages_are_there():
    apps = {model._meta.app_label for model in MODELS}

    assert apps == {"accounts", "activity", "assets", "django_celery_beat", "jobs", "payments", "social_django"}


def test_the_first_page_counts_people_bytes_and_uploads(dora, in_use):
    shown = dora.get(reverse("admin:index")).context["overview"]

    size = len(CONTENT)
    assert (shown.people.users, shown.people.used, shown.files.stored, shown.files.uploads) == (2, size, size, 1)
    assert [day.uploads for day in shown.days][-2:] == [0, 1]
    assert [bar.height for bar in shown.chart][-2:] == [0, 160]


def test_the_first_page_says_what_needs_somebody(dora, in_use):
    shown = dora.get(reverse("admin:index")).context["overview"]

    assert not shown.is_well
    assert "1 mail could not be sent." in [finding.sentence for finding in shown.findings if not finding.well]


def test_the_first_page_says_what_to_do_about_it_and_counts_that_first(dora, in_use):
    page = dora.get(reverse("admin:index"))

    needs = page.context["overview"].needs
    assert f"{len(needs)} things need you." in page.text
    assert all(finding.todo for finding in needs)
    assert page.text.index(escape(needs[-1].todo)) < page.text.index("PostgreSQL answers.")


def test_the_first_page_tells_of_abuse_of_webhooks_that_fail_and_of_a_scheduler_that_is_silent(dora, alice):
    Report.objects.create(reason="malware")
    Webhook.objects.create(owner=alice, url="https://example.com/hook", secret_sealed="", failing_since=timezone.now())
    PeriodicTask.objects.update(last_run_at=timezone.now() - timedelta(hours=2))
    every = IntervalSchedule.objects.create(every=1, period="days")
    PeriodicTask.objects.create(name="one", task="one", interval=every, last_run_at=timezone.now() - timedelta(hours=1))

    told = [one.sentence for one in dora.get(reverse("admin:index")).context["overview"].needs]

    assert "1 report of abuse waits for you." in told
    assert "1 webhook is not answered." in told
    assert "The scheduler last told of itself 1\N{NO-BREAK SPACE}hour ago." in told


def test_the_first_page_tells_what_is_on_the_way_to_another_store(dora, in_use):
    what = f"On the way to another store: 1 blob ({len(CONTENT)} bytes), for less than a minute"

    shown = dora.get(reverse("admin:index")).context["overview"]

    assert f"{what}; 1 did not get there so far." in [one.sentence for one in shown.findings if not one.well]


def test_the_first_page_tells_of_damage_and_of_the_last_check(dora, in_use):
    def told(well):
        shown = dora.get(reverse("admin:index")).context["overview"]
        return [one.sentence for one in shown.findings if one.well is well]

    assert "The bytes of 1 blob are missing or altered." in told(well=False)
    assert "Rows and bytes were not compared yet (manage.py fsck)." in told(well=True)
    Damage.objects.all().delete()
    assert "No stored bytes are known to be damaged." in told(well=True)
    assert "All blobs were stored or read back in the last 30 days, the least recent " in "".join(told(well=True))
    long_ago = timezone.now() - timedelta(days=60)
    Blob.objects.update(created_at=long_ago, verified_at=long_ago)
    assert "Stored bytes are not being read back: is the scheduler running?" in told(well=False)
    record(CHECKED, by=SYSTEM.who, target=Target("server", ""), found=3, repaired=1, deep=False)
    assert "Rows and bytes were compared less than a minute ago: 2 differences left (manage.py fsck)." in told(
        well=False
    )


def test_the_first_page_tells_of_the_fullest_disk_that_bytes_lie_on(dora, settings, tmp_path, monkeypatch):
    data, spool = tmp_path / "data", tmp_path / "spool"
    spool.mkdir()
    settings.CLOUDBOX_DATA, settings.CLOUDBOX_SPOOL, settings.CLOUDBOX_STORE = data, spool, "s3"
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/not-made-yet", "s3": "s3://key:secret@bucket"}
    percent = {data: 20, spool: 95}
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(total=100, used=percent[place]))

    def told():
        shown = dora.get(reverse("admin:index")).context["overview"]
        return next((one.sentence, one.well) for one in shown.findings if "disk" in one.sentence)

    data.mkdir()
    assert told() == ("The disk of the spool is 95 % full.", False)
    percent[spool] = 20
    assert told() == ("The disk of the data directory is 20 % full.", True)


def test_the_first_page_tells_how_much_lies_in_which_store(dora, in_use):
    address, size = reverse("admin:index"), len(CONTENT)
    assert "in 1 blob</span>" in dora.get(address).content.decode()

    Blob.objects.create(kind="plain", store="s3", key="0" * 32, size=2048)

    assert dora.get(address).context["overview"].files.stores == {"local": size, "s3": 2048}
    assert f"in 2 blobs: local&nbsp;{size} bytes, s3&nbsp;2 KiB</span>" in dora.get(address).content.decode()


def test_an_empty_list_says_what_is_not_there(dora, staff):
    for model, nothing in ((Damage, "No stored bytes are known to be damaged."), (Move, "Nothing is on the way")):
        assert nothing in dora.get(page(model, "changelist")).content.decode()
        assert "Nothing fits what you look for." in dora.get(page(model, "changelist"), {"q": "x"}).content.decode()


def test_a_list_has_the_name_of_the_link_to_it(dora, lists, settings):
    groups = settings.UNFOLD["SIDEBAR"]["navigation"]
    links = {str(link["link"]): link["title"] for group in groups for link in group["items"]}

    for model in (Asset, Condemned, Damage, Move, Upload):
        shown = dora.get(page(model, "changelist"))
        assert shown.context["title"] == links[page(model, "changelist")]


def test_damage_is_shown_with_the_names_of_files_and_owners(dora, in_use):
    damage = Damage.objects.get()
    address = reverse("admin:assets_damage_changelist")

    for shown in (address, page(Damage, "change", damage.pk), page(Blob, "change", damage.blob_id)):
        assert "a.txt (alice, version 1)" in dora.get(shown).content.decode()
    assert dora.get(address, {"q": str(damage.blob_id)}).context["cl"].result_list


def test_the_next_try_of_a_move_is_told_to_the_second(dora, in_use):
    move = Move.objects.get()

    for shown in (page(Move, "changelist"), page(Move, "change", move.pk)):
        assert f"{move.retry_at:%Y-%m-%d %H:%M:%S}<" in "".join(dora.get(shown).content.decode().split("\n"))


def test_blobs_are_found_by_their_key_their_digest_and_their_id(dora, in_use):
    blob, damage = Blob.objects.get(), Damage.objects.get()
    assert blob.key
    Condemned.objects.create(store="local", key=blob.key, delete_at=timezone.now())

    by_key = [(model, blob.key) for model in (Blob, Damage, Condemned)]
    for model, term in [*by_key, (Blob, blob.sha256), (Blob, str(blob.pk))]:
        assert len(dora.get(page(model, "changelist"), {"q": term}).context["cl"].result_list) == 1, (model, term)
    assert dora.get(page(Damage, "changelist"), {"q": str(blob.pk)}).context["cl"].result_list[0] == damage


def test_the_audit_log_can_be_filtered_by_what_was_done(dora, in_use):
    address = reverse("admin:activity_auditentry_changelist")

    found = dora.get(address, {"verb": "registered"}).context["cl"].result_list

    assert {entry.verb for entry in found} == {"registered"}


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("accounts_user", "password__startswith"),
        ("accounts_user", "security_ans__startswith"),
        ("accounts_user", "sessions__refresh_id"),
        ("accounts_session", "user__password__startswith"),
        ("accounts_accesskey", "token_hash__startswith"),
        ("accounts_accesskey", "sealed_secret__startswith"),
        ("accounts_accesskey", "user__password__startswith"),
        ("assets_link", "token_sha256__startswith"),
        ("assets_link", "token_sealed__startswith"),
        ("assets_link", "password__startswith"),
        ("activity_mail", "text__contains"),
        ("activity_webhook", "url__contains"),
        ("activity_webhook", "secret_sealed__startswith"),
        ("activity_delivery", "body__contains"),
        ("activity_auditentry", "actor_salt__startswith"),
        ("jobs_job", "owner__password__startswith"),
        ("payments_order", "page__startswith"),
        ("payments_order", "user__password__startswith"),
        ("payments_receipt", "order__user__password__startswith"),
        ("payments_receipt", "order__page__startswith"),
        ("payments_providerevent", "raw__contains"),
    ],
)
def test_what_is_not_shown_cannot_be_found_out_by_filters(model, lookup, dora, in_use):
    answer = dora.get(reverse(f"admin:{model}_changelist"), {lookup: "a"})

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        ("accounts_user", {"staff_role__exact": "superuser", "created_at_from_0": "2026-01-01"}),
        ("activity_mail", {"state__exact": "failed"}),
        ("jobs_job", {"state__exact": "failed"}),
        ("assets_blob", {"size_from": "1"}),
        ("assets_move", {"error": "route"}),
        ("assets_damage", {"kind__exact": "missing", "blob__store": "local"}),
        ("payments_order", {"state__exact": "paid", "mode__exact": "live", "plan_code": "basic"}),
        ("payments_receipt", {"order__mode__exact": "live", "currency__exact": "NGN"}),
        ("payments_ledgertransaction", {"order__mode__exact": "live", "entries__account__exact": "fees"}),
        ("payments_refund", {"order__currency__exact": "NGN"}),
        ("payments_dispute", {"order__mode__exact": "live"}),
        ("payments_finding", {"resolved_at__isempty": "1"}),
    ],
)
def test_what_is_shown_can_be_filtered_by(model, lookup, dora, in_use):
    answer = dora.get(reverse(f"admin:{model}_changelist"), lookup)

    assert answer.status_code == 200


def test_the_first_page_tells_that_mail_reaches_nobody(dora):
    shown = dora.get(reverse("admin:index")).context["overview"]

    sentence = "Mails become files that nobody reads: CLOUDBOX_EMAIL_URL names no server."
    assert sentence in [one.sentence for one in shown.findings]
