"""What people do with their webhooks on the pages."""

import re

import pytest

from activity import deliveries, webhooks
from tests.people import caller_for
from tests.web.browsing import HTML, errors, sign_in, text_of

pytestmark = pytest.mark.django_db
HERE = "/account/webhooks"


@pytest.fixture
def hook(alice, receiver) -> webhooks.NewWebhook:
    return webhooks.make(by=caller_for(alice), url=receiver.url, label="builds")


@pytest.fixture
def at(hook) -> str:
    return f"{HERE}/{hook.info.id}"


def secret_on(answer):
    [secret] = re.findall(r"whsec_[\w+/=]+", answer.text)
    return secret


def test_somebody_makes_a_webhook_for_some_kinds_and_sees_its_secret_once(alices, alice, receiver):
    made = alices.post(f"{HERE}/new", {"url": receiver.url, "label": "<b>builds</b>", "kinds": ["file_renamed"]})

    [hook] = webhooks.page(by=caller_for(alice)).items
    assert secret_on(made) == webhooks.secret_of(by=caller_for(alice), webhook_id=hook.id)
    assert (hook.label, hook.kinds) == ("<b>builds</b>", ["file_renamed"])
    for page in (alices.get(HERE), alices.get(f"{HERE}/{hook.id}")):
        assert "&lt;b&gt;builds&lt;/b&gt;" in page.text
        assert "whsec_" not in page.text


def test_an_address_that_may_not_be_called_is_told_at_its_field(alices, alice):
    answer = alices.post(f"{HERE}/new", {"url": "ftp://example.com/", "label": ""})

    assert (answer.status_code, set(errors(answer))) == (400, {"url"})
    assert webhooks.page(by=caller_for(alice)).items == []


def test_the_secret_is_shown_to_who_asks_and_made_anew(alices, hook, at):
    shown = secret_on(alices.post(f"{at}/secret"))
    renewed = secret_on(alices.post(f"{at}/rotate"))

    assert shown == hook.secret
    assert renewed != shown


def test_a_test_is_sent_and_the_log_tells_what_became_of_it(alices, receiver, hook, at):
    receiver.acts = [503, 204]
    alices.post(f"{at}/test")
    deliveries.deliver()
    failed = alices.get(at)

    [again] = re.findall(r'action="(/account/webhooks/[^"]+/retry)"', failed.text)
    alices.post(again)
    deliveries.deliver()

    assert "failed A test" in text_of(failed)
    assert "answered 503" in text_of(failed)
    assert "delivered A test" in text_of(alices.get(at))
    assert [call.signed_with(hook.secret)["type"] for call in receiver.calls] == ["webhook_test"] * 2


def test_a_webhook_is_changed_turned_off_and_on_and_deleted(alices, alice, receiver, at):
    by = caller_for(alice)
    alices.post(f"{at}/change", {"url": receiver.url, "label": "chat", "kinds": []})
    alices.post(f"{at}/turn")
    off = alices.get(at)
    alices.post(f"{at}/turn", {"on": "yes"})
    [changed] = webhooks.page(by=by).items

    assert "You turned it off." in text_of(off)
    assert (changed.label, changed.is_active) == ("chat", True)
    assert "Delete chat?" in text_of(alices.get(f"{at}/delete"))
    alices.post(f"{at}/delete")
    assert webhooks.page(by=by).items == []


def test_nobody_finds_the_webhooks_of_others(client, bob, at):
    bobs = sign_in(client, "bob")

    asked = [bobs.get(f"{at}{page}", headers=HTML).status_code for page in ("", "/change", "/delete")]
    done = [bobs.post(f"{at}/{act}", headers=HTML).status_code for act in ("secret", "rotate", "turn", "test")]

    assert {*asked, *done} == {404}


def test_a_long_log_goes_on_by_htmx_and_asks_little(alices, alice, hook, at, django_assert_max_num_queries):
    for _ in range(21):
        deliveries.test(by=caller_for(alice), webhook_id=hook.info.id)

    with django_assert_max_num_queries(14):
        first = alices.get(at)
    [cursor] = re.findall(r'href="\?cursor=([\w-]+)"', first.text)
    rest = alices.get(at, {"cursor": cursor}, headers={"HX-Request": "true"})

    assert (first.text.count("webhook_test"), rest.text.count("webhook_test")) == (20, 1)
    assert "<html" not in rest.text
