"""Mail to real servers: what they take goes once, what they refuse is told without secrets."""

import base64
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from activity import attachments, outbox
from activity.attachments import Attachment
from activity.models import Mail
from activity.services import mail
from cloudbox.mailing import read
from tests.mail_servers import KEY, SendGrid, SmtpServer, certified, sendgrid, smtp_server, use

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid"),
]
LINK = "https://cloud.example/password/reset/s3cr3ts3cr3ts3cr3ts3cr3ts3cr3ts3cr3ts3cr3t"


@pytest.fixture
def smtp(settings) -> Iterator[SmtpServer]:
    with smtp_server() as server:
        use(settings, read(server.url_with_login, Path("/nowhere")))
        yield server


@pytest.fixture
def provider(settings) -> Iterator[SendGrid]:
    with sendgrid() as server:
        use(settings, read(server.url, Path("/nowhere")))
        yield server


def sent(kind="welcome", to="alice@example.org", attachment=""):
    mail(to=to, kind=kind, context={"username": "alice", "link": LINK}, attachment=attachment)
    row = Mail.objects.latest("id")
    outbox.deliver(row.pk)
    row.refresh_from_db()
    return row


def test_a_server_gets_the_mail_as_text_and_html(smtp):
    row = sent()

    (message,) = smtp.mails
    assert (row.state, smtp.recipients) == ("sent", ["alice@example.org"])
    assert (message["To"], message["Auto-Submitted"]) == ("alice@example.org", "auto-generated")
    assert message["Message-ID"].startswith(f"<mail-{row.pk}@")
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@pytest.fixture
def form(monkeypatch) -> str:
    """Something that can go with a mail."""
    monkeypatch.setitem(
        attachments._makers,
        "form",
        lambda key: Attachment(name=f"{key}.pdf", type="application/pdf", content=b"%PDF" * int(key)),
    )
    return "form:7"


def test_a_server_gets_what_is_attached(smtp, form):
    row = sent(attachment=form)

    (message,) = smtp.mails
    (file,) = message.iter_attachments()
    assert (file.get_filename(), file.get_content_type()) == ("7.pdf", "application/pdf")
    assert file.get_content() == b"%PDF" * 7
    assert row.state == "sent"


@pytest.mark.parametrize("attachment", ["form:no number", f"form:{2**18 + 1}", "unknown:1"])
def test_a_mail_goes_without_what_cannot_be_made_or_is_longer_than_a_mebibyte(smtp, form, attachment):
    row = sent(attachment=attachment)

    (message,) = smtp.mails
    assert (row.state, list(message.iter_attachments())) == ("sent", [])


def test_a_provider_gets_what_is_attached(provider, form):
    sent(attachment=form)

    (message,) = provider.mails
    (file,) = message["attachments"]
    assert (file["filename"], file["type"], base64.b64decode(file["content"])) == (
        "7.pdf",
        "application/pdf",
        b"%PDF" * 7,
    )


def test_without_a_server_the_file_of_a_mail_has_what_is_attached(settings, tmp_path, form):
    use(settings, read("filemail://", tmp_path))

    sent(attachment=form)

    assert b'filename="7.pdf"' in next(tmp_path.iterdir()).read_bytes()


@pytest.fixture
def starttls(smtp, settings, tmp_path) -> Path:
    """The server encrypts, and mail goes to it encrypted only. Returns its certificate."""
    smtp.tls, certificate = certified(tmp_path)
    use(
        settings,
        read(smtp.url_with_login.replace("smtp://", "smtp+tls://").replace("127.0.0.1", "localhost"), tmp_path),
    )
    return certificate


def test_a_server_that_encrypts_gets_the_mail_when_its_certificate_is_known(smtp, starttls, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(starttls))

    assert sent().state == "sent"
    assert len(smtp.mails) == 1


@pytest.mark.usefixtures("starttls")
def test_a_server_with_a_strangers_certificate_gets_neither_mail_nor_password(smtp):
    row = sent()

    assert (row.state, row.error.split(":")[0]) == ("pending", "SSLCertVerificationError")
    assert (smtp.recipients, smtp.mails) == ([], [])


@pytest.mark.usefixtures("starttls")
def test_a_server_that_does_not_encrypt_gets_nothing_in_clear(smtp):
    smtp.tls = None

    assert sent().state == "pending"
    assert (smtp.recipients, smtp.mails) == ([], [])


def test_a_provider_gets_the_mail_as_text_and_html(provider):
    row = sent()

    (message,) = provider.mails
    assert (row.state, row.error) == ("sent", "")
    assert message["personalizations"][0]["to"] == [{"email": "alice@example.org"}]
    assert [part["type"] for part in message["content"]] == ["text/plain", "text/html"]


def test_what_was_sent_keeps_no_link(smtp):
    row = sent()

    assert (row.text, row.html) == ("", "")


def test_what_was_not_sent_keeps_what_it_says_for_the_next_try(smtp):
    smtp.answers["DATA"] = "451 come back"

    assert sent().text


@pytest.mark.parametrize(
    ("verb", "answer", "state"),
    [
        ("RCPT", "550 5.1.1 no such user", "failed"),
        ("RCPT", "450 greylisted", "pending"),
        ("DATA", "554 5.7.1 refused", "failed"),
        ("DATA", "452 mailbox full", "pending"),
        ("AUTH", "535 5.7.8 bad credentials", "pending"),
        ("MAIL", "550 5.7.1 not your address", "pending"),
    ],
)
def test_what_a_server_refuses_for_good_fails_at_once_and_the_rest_is_tried_again(smtp, verb, answer, state):
    smtp.answers[verb] = answer

    row = sent()

    assert (row.state, row.attempts, smtp.mails) == (state, 1, [])
    assert answer in row.error


@pytest.mark.parametrize(
    ("status", "state"), [(400, "failed"), (401, "pending"), (403, "pending"), (429, "pending"), (500, "pending")]
)
def test_what_a_provider_refuses_for_good_fails_at_once_and_the_rest_is_tried_again(provider, status, state):
    provider.status, provider.body = status, '{"errors": [{"message": "because"}]}'

    row = sent()

    assert (row.state, provider.mails) == (state, [])
    assert f"SendGrid answered {status}" in row.error
    assert "because" in row.error


def test_a_key_that_the_provider_does_not_know_is_told_and_tried_again(provider, settings):
    use(settings, read(provider.url.replace(KEY, "SG.wrong"), Path("/nowhere")))

    row = sent()

    assert (row.state, provider.mails) == ("pending", [])
    assert "401" in row.error


def test_a_server_that_hangs_up_is_tried_again(smtp):
    smtp.hangs_up = True

    row = sent()

    assert (row.state, row.error.split(":")[0]) == ("pending", "SMTPServerDisconnected")


def test_a_provider_that_is_away_is_tried_again(settings):
    use(settings, read(f"sendgrid://{KEY}@?api_url=http://127.0.0.1:1/v3/", Path("/nowhere")))

    assert sent().state == "pending"


def test_the_reason_has_no_secret(smtp, settings):
    smtp.answers["DATA"] = f"451 spam: {LINK} from {settings.EMAIL_HOST_PASSWORD}"

    row = sent()

    assert "spam" in row.error
    assert LINK.rpartition("/")[2] not in row.error
    assert settings.EMAIL_HOST_PASSWORD not in row.error


def test_a_provider_that_tells_the_key_is_not_repeated(provider):
    provider.status, provider.body = 403, f"not with {KEY}"

    assert "SG." not in sent().error


# manage.py send_test_mail


def test_a_test_mail_says_that_it_was_taken(smtp):
    said = io.StringIO()

    call_command("send_test_mail", "alice@example.org", stdout=said)

    assert "was taken" in said.getvalue()
    assert smtp.recipients == ["alice@example.org"]
    assert not Mail.objects.exists()


def test_a_test_mail_that_is_not_taken_says_why(smtp):
    smtp.answers["RCPT"] = "550 no such user"

    with pytest.raises(CommandError, match="550 no such user"):
        call_command("send_test_mail", "alice@example.org")


def test_a_test_mail_to_no_address_is_refused():
    with pytest.raises(CommandError, match="Not a mail address"):
        call_command("send_test_mail", "alice")


def test_without_a_server_a_test_mail_says_where_its_file_is(settings, tmp_path):
    use(settings, read("filemail://", tmp_path))
    said = io.StringIO()

    call_command("send_test_mail", "alice@example.org", stdout=said)

    assert str(tmp_path) in said.getvalue()
    assert "alice@example.org" in next(tmp_path.iterdir()).read_text()
