from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as sent_mail
from django.template import TemplateDoesNotExist
from django.utils import timezone

from activity import outbox
from activity.models import Mail
from activity.services import mail
from cloudbox.errors import BadInput, NotFound

pytestmark = pytest.mark.django_db

WARNING = {"percent": 90, "used": 9 * 2**20, "limit": 10 * 2**20}


def write(**changes):
    mail(**{"to": "alice@example.org", "kind": "quota_warning", "context": WARNING} | changes)
    return Mail.objects.order_by("-id").first()


def due(row):
    Mail.objects.filter(pk=row.pk).update(next_at=timezone.now() - timedelta(seconds=1))


@pytest.fixture
def unreachable(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1


def test_a_mail_goes_out_as_text_and_html_once():
    row = write()

    outbox.deliver(row.pk)
    outbox.deliver(row.pk)

    (message,) = sent_mail.outbox
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("sent", 1)
    assert message.to == ["alice@example.org"]
    assert message.subject == "Your storage is 90 % full"
    parts: Any = message.message().get_payload()
    text, html = (part.get_payload(decode=True).decode() for part in parts)
    assert "9 MiB of 10 MiB" in text
    assert "9 MiB of 10 MiB" in html


SAID = {"username", "name", "by", "link", "percent", "harm", "store", "new", "sentence", "actor"}


@pytest.mark.parametrize(
    ("kind", "context"),
    [
        ("welcome", {"username": "alice"}),
        ("welcome", {"username": "alice", "link": "http://x.example/1"}),
        ("verify_email", {"username": "alice", "link": "http://x.example/1"}),
        ("reset_password", {"username": "alice", "link": "http://x.example/1"}),
        ("password_changed", {"username": "alice", "everything": True}),
        ("email_changing", {"username": "alice", "new": "new@example.org"}),
        ("email_changed", {"username": "alice", "new": "new@example.org"}),
        ("address_taken", {"username": "alice"}),
        (
            "identity_linked",
            {"username": "alice", "provider": "GitHub", "login": "octocat", "link": "http://x.example/1"},
        ),
        ("test_mail", {}),
        ("quota_warning", WARNING),
        ("webhook_turned_off", {"username": "alice", "name": "https://hooks.example.org/", "why": "gone"}),
        ("notice", {"sentence": "“a.txt” was uploaded.", "actor": "alice", "place": "/files/1"}),
        ("bytes_damaged", {"harm": "missing", "store": "attic"}),
        (
            "shared_with_you",
            {"by": "alice", "kind": "folder", "name": "photos", "role": "editor", "link": "http://x.example/1"},
        ),
        (
            "transfer_offered",
            {"by": "alice", "kind": "folder", "name": "photos", "days": 14, "link": "http://x.example/1"},
        ),
    ],
)
def test_every_kind_says_all_it_was_given(kind, context):
    row = write(kind=kind, context=context)

    assert row.subject
    for part in (row.text, row.html):
        assert "{{" not in part
        assert all(str(context[name]) in part for name in context.keys() & SAID)


def test_a_name_cannot_begin_a_header_or_a_tag():
    name = "a\r\nBcc: all@example.org <script>"
    context = {"by": "bob", "kind": "file", "name": name, "role": "viewer", "link": "http://x.example/"}

    row = write(kind="shared_with_you", context=context)
    outbox.deliver(row.pk)

    assert row.subject == "bob shared “a Bcc: all@example.org <script>” with you"
    assert sent_mail.outbox[0].recipients() == ["alice@example.org"]
    assert "<script>" not in row.html


@pytest.mark.parametrize("address", ["", "alice", "alice@example.org\nBcc: bob@example.org", "a@b.example,c@d.example"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(BadInput):
        write(to=address)

    assert not Mail.objects.exists()


def test_a_kind_without_templates_is_an_error_of_the_caller():
    with pytest.raises(TemplateDoesNotExist):
        write(kind="nothing")


def test_a_second_mail_of_the_same_name_is_dropped():
    write(dedupe="quota:1:90")
    write(dedupe="quota:1:90")

    assert Mail.objects.count() == 1


def test_a_mail_that_did_not_go_is_tried_again_later(unreachable):
    row = write()

    outbox.deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("pending", 1)
    assert "ConnectionRefused" in row.error
    assert row.next_at > timezone.now() + timedelta(minutes=1)
    assert outbox.sweep() == 0


def test_a_mail_is_given_up_after_ten_attempts_and_sent_when_staff_ask(unreachable, settings):
    row = write()
    for _ in range(10):
        outbox.deliver(row.pk)
    row.refresh_from_db()
    assert (row.state, row.attempts) == ("failed", 10)

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    outbox.send_again(row.pk)
    outbox.deliver(row.pk)

    row.refresh_from_db()
    assert (row.state, row.error) == ("sent", "")


def test_only_a_failed_mail_is_sent_again():
    row = write()
    outbox.deliver(row.pk)

    with pytest.raises(NotFound):
        outbox.send_again(row.pk)


def test_a_mail_whose_worker_died_is_taken_up_again():
    row = write()
    Mail.objects.filter(pk=row.pk).update(state="sending", attempts=1)
    outbox.deliver(row.pk)
    assert sent_mail.outbox == []  # it may still be alive

    due(row)
    outbox.deliver(row.pk)

    assert len(sent_mail.outbox) == 1


def test_a_mail_whose_task_was_lost_is_queued_again_once():
    due(write())

    assert (outbox.sweep(), outbox.sweep()) == (1, 0)


def test_old_mails_are_forgotten_and_unsent_ones_kept():
    old = timezone.now() - timedelta(days=40)
    kept, gone = write(), write()
    outbox.deliver(gone.pk)
    Mail.objects.update(created_at=old)

    outbox.prune(timedelta(days=30))

    assert list(Mail.objects.values_list("pk", flat=True)) == [kept.pk]
