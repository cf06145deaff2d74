"""Who may vouch for people, as the settings say."""

import pytest

from cloudbox.environment import Environment, WrongSetting
from cloudbox.providers import Provider, all_providers, all_redirects

GITHUB = {"CLOUDBOX_GITHUB_ID": "an id", "CLOUDBOX_GITHUB_SECRET": "s3cret"}
OIDC = {
    "CLOUDBOX_OIDC": "staff, my-id",
    "CLOUDBOX_OIDC_STAFF_URL": "https://id.example.org/realms/staff/",
    "CLOUDBOX_OIDC_STAFF_ID": "an id",
    "CLOUDBOX_OIDC_STAFF_SECRET": "s3cret",
    "CLOUDBOX_OIDC_MY_ID_URL": "http://localhost:8080/.well-known/openid-configuration",
    "CLOUDBOX_OIDC_MY_ID_ID": "another",
    "CLOUDBOX_OIDC_MY_ID_SECRET": "s3cret",
    "CLOUDBOX_OIDC_MY_ID_LABEL": "The Company",
}


def providers(**variables: str) -> dict[str, Provider]:
    return all_providers(Environment(variables))


def redirects(given: str) -> frozenset[str]:
    return all_redirects(Environment({"CLOUDBOX_OAUTH_REDIRECTS": given}), "https://cloud.example.org", ["github"])


def test_nobody_is_there_unless_it_is_set():
    assert providers() == {}


def test_a_provider_is_there_once_its_settings_are():
    assert [known.label for known in providers(**GITHUB).values()] == ["GitHub"]
    assert set(providers(**GITHUB, CLOUDBOX_GOOGLE_ID="a", CLOUDBOX_GOOGLE_SECRET="b")) == {"github", "google"}


def test_a_further_provider_needs_only_settings():
    staff, mine = providers(**OIDC).values()

    assert (staff.name, staff.label, staff.url) == ("staff", "Staff", "https://id.example.org/realms/staff")
    assert (mine.name, mine.label, mine.url) == ("my-id", "The Company", "http://localhost:8080")


def test_a_secret_is_not_shown():
    assert "s3cret" not in repr(providers(**GITHUB, **OIDC))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"CLOUDBOX_GITHUB_SECRET": ""}, "CLOUDBOX_GITHUB_ID and CLOUDBOX_GITHUB_SECRET must be set both"),
        ({"CLOUDBOX_GOOGLE_SECRET": "x"}, "CLOUDBOX_GOOGLE_ID and CLOUDBOX_GOOGLE_SECRET must be set both"),
        ({"CLOUDBOX_OIDC": "staff,staff"}, "CLOUDBOX_OIDC must not name a provider twice"),
        ({"CLOUDBOX_OIDC": "Staff"}, "CLOUDBOX_OIDC must be names"),
        ({"CLOUDBOX_OIDC": "github"}, "CLOUDBOX_OIDC must be names"),
        ({"CLOUDBOX_OIDC": "other"}, "CLOUDBOX_OIDC names other, so CLOUDBOX_OIDC_OTHER_URL, _ID and _SECRET must"),
        ({"CLOUDBOX_OIDC_STAFF_SECRET": ""}, "CLOUDBOX_OIDC_STAFF_URL, _ID and _SECRET must be set"),
        ({"CLOUDBOX_OIDC_STAFF_URL": "http://id.example.org"}, "CLOUDBOX_OIDC_STAFF_URL must be an address"),
        ({"CLOUDBOX_OIDC_STAFF_URL": "https://me:you@id.example.org"}, "CLOUDBOX_OIDC_STAFF_URL must be"),
        ({"CLOUDBOX_OIDC_STAFF_URL": "https://id.example.org/?a=b"}, "CLOUDBOX_OIDC_STAFF_URL must be"),
        ({"CLOUDBOX_OIDC_STAFF_URL": "https://[::1"}, "CLOUDBOX_OIDC_STAFF_URL must be"),
        ({"CLOUDBOX_OIDC_STAFF_URL": "id.example.org"}, "CLOUDBOX_OIDC_STAFF_URL must be"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_that_names_the_setting(change, sentence):
    with pytest.raises(WrongSetting, match=sentence) as refused:
        providers(**{**GITHUB, **OIDC, **change})
    assert "s3cret" not in str(refused.value)


def test_our_own_page_is_always_among_the_addresses():
    own = "https://cloud.example.org/login/github/back"

    assert redirects("") == {own}
    assert redirects("https://app.example.org/back?x=1, org.example.app:/back") == {
        own,
        "https://app.example.org/back?x=1",
        "org.example.app:/back",
    }


@pytest.mark.parametrize(
    "given",
    [
        "javascript:alert(1)",
        "data:text/html",
        "app.example.org/back",
        "https://",
        "https://a@b/",
        "https://a/#b",
        "//a",
    ],
)
def test_an_address_that_could_be_anywhere_is_refused(given):
    with pytest.raises(WrongSetting, match="CLOUDBOX_OAUTH_REDIRECTS must be addresses"):
        redirects(given)
