"""CLOUDBOX_EMAIL_URL: read strictly, and never told."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudbox.environment import Environment, WrongSetting
from cloudbox.mailing import WAYS, mailing

FILES = Path("/data/mail")


def read(**variables):
    return mailing(Environment(variables), FILES)


@pytest.mark.parametrize(
    ("url", "port", "extra"),
    [
        ("smtp://mail.example", 25, {}),
        ("smtp://mail.example:2525", 2525, {}),
        ("smtp+tls://mail.example", 587, {"EMAIL_USE_TLS": True}),
        ("smtp+ssl://mail.example", 465, {"EMAIL_USE_SSL": True}),
    ],
)
def test_a_server_is_named_with_the_port_of_its_kind(url, port, extra):
    given = read(CLOUDBOX_EMAIL_URL=url)

    assert given.reaches_people
    assert (given.django["EMAIL_HOST"], given.django["EMAIL_PORT"]) == ("mail.example", port)
    assert {name: given.django[name] for name in given.django if "_USE_" in name} == extra


def test_a_login_may_have_any_letter():
    given = read(CLOUDBOX_EMAIL_URL="smtp://a%40b:p%2Fw%20d@mail.example")

    assert (given.django["EMAIL_HOST_USER"], given.django["EMAIL_HOST_PASSWORD"]) == ("a@b", "p/w d")
    assert given.secrets == ("p/w d",)


@pytest.mark.parametrize(
    ("url", "backend", "anymail"),
    [
        ("sendgrid://SG.a.b@", "sendgrid", {"SENDGRID_API_KEY": "SG.a.b"}),
        ("mailgun://k@mg.example", "mailgun", {"MAILGUN_API_KEY": "k", "MAILGUN_SENDER_DOMAIN": "mg.example"}),
        ("mailjet://k:s@", "mailjet", {"MAILJET_API_KEY": "k", "MAILJET_SECRET_KEY": "s"}),
        ("postmark://k@", "postmark", {"POSTMARK_SERVER_TOKEN": "k"}),
        ("brevo://k@", "brevo", {"BREVO_API_KEY": "k"}),
        ("resend://k@", "resend", {"RESEND_API_KEY": "k"}),
        (
            "mailgun://k@mg.example?api_url=https://api.eu.mailgun.net/v3",
            "mailgun",
            {
                "MAILGUN_API_KEY": "k",
                "MAILGUN_SENDER_DOMAIN": "mg.example",
                "MAILGUN_API_URL": "https://api.eu.mailgun.net/v3",
            },
        ),
    ],
)
@pytest.mark.filterwarnings("default")
def test_a_provider_is_named_with_its_key(url, backend, anymail):
    given = read(CLOUDBOX_EMAIL_URL=url)

    assert given.django["EMAIL_BACKEND"] == f"anymail.backends.{backend}.EmailBackend"
    assert given.django["ANYMAIL"] == {**anymail, "REQUESTS_TIMEOUT": 30}
    assert set(given.secrets) == {value for name, value in anymail.items() if name.endswith(("KEY", "TOKEN"))}


def test_amazons_takes_a_key_or_the_machines_role():
    role = read(CLOUDBOX_EMAIL_URL="ses://eu-west-1")
    key = read(CLOUDBOX_EMAIL_URL="ses://AKIA1:s3cr%2Fet@eu-west-1")

    assert role.django["ANYMAIL"] == {"AMAZON_SES_CLIENT_PARAMS": {"region_name": "eu-west-1"}}
    assert key.secrets == ("s3cr/et",)


def test_without_a_setting_mails_are_files():
    given = read()

    assert not given.reaches_people
    assert given.django["EMAIL_FILE_PATH"] == FILES


def test_the_other_name_counts_where_ours_is_not_set():
    assert read(EMAIL_URL="smtp://other.example").django["EMAIL_HOST"] == "other.example"
    both = read(EMAIL_URL="smtp://other.example", CLOUDBOX_EMAIL_URL="smtp://ours.example")
    assert both.django["EMAIL_HOST"] == "ours.example"


@pytest.mark.parametrize(
    "url",
    [
        "smtp://",
        "smtp://user:hunter2@host:port",
        "smtp://user:hunter2@host:99999",
        "smtp://hunter2@host",
        "smtp://user:hunter2@host/path",
        "smtp://user:hunter2@host?ssl=1",
        "smtp://user:hunter2#@host",
        "smtps://user:hunter2@host",
        "consolemail://",
        "hunter2",
        "sendgrid://hunter2",
        "sendgrid://user:hunter2@",
        "sendgrid://hunter2@api.sendgrid.com",
        "sendgrid://hunter2@?api_url=http://mail.example/",
        "sendgrid://hunter2@?region=eu",
        "mailgun://hunter2@",
        "mailjet://hunter2@",
        "ses://AKIA1@eu-west-1",
        "ses://user:hunter2@",
        "filemail:///somewhere",
        "filemail://hunter2",
    ],
)
@pytest.mark.parametrize("name", ["CLOUDBOX_EMAIL_URL", "EMAIL_URL"])
def test_what_cannot_be_used_is_refused_by_its_name_without_its_secret(name, url):
    with pytest.raises(WrongSetting, match=f"^{name} must ") as refused:
        read(**{name: url})

    assert "hunter2" not in str(refused.value)


def test_a_page_that_shows_the_settings_shows_no_key():
    assert "hunter2" not in repr(read(CLOUDBOX_EMAIL_URL="smtp://user:hunter2@mail.example"))


def said_of(url):
    """Return the way of a URL that can be used, or what is said of one that cannot."""
    try:
        return read(CLOUDBOX_EMAIL_URL=url).way
    except WrongSetting as refused:
        return str(refused)


@given(st.sampled_from(WAYS), st.text(st.sampled_from("hunter2:@/?#[]%&=. \\é0")))
@pytest.mark.filterwarnings("ignore:django-anymail has dropped official support for SendGrid")
def test_whatever_is_set_is_used_or_refused_by_name(way, rest):
    said = said_of(f"{way}://{rest}")

    assert said == way or said.startswith("CLOUDBOX_EMAIL_URL must ")
