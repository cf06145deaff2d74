"""One story through HTTP, from the first account to a lost password: every way in, and how each of them ends."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from cloudbox.process import wait_until
from tests.accounts.authenticator import Authenticator
from tests.providers import BACK, Providers, Somebody
from tests.server import Server
from tests.visitors import PASSWORD, Visitor, asked, place_of

ACCOUNT, AUTH, STORE = "/api/v1/account", "/api/v1/auth", "/api/v1/store"
PROFILE = f"{AUTH}/profile"
NAME, ADDRESS, ZOE = "ada-of-the-story", "ada@story.example.com", "zoe@story.example.com"
NEW_PASSWORD = "four tame otters"
IN_DIALECTS = {
    "/users/register": {"username": "bea-of-the-story", "password": PASSWORD},
    "/users/login": {"username": "bea-of-the-story", "password": PASSWORD},
    "/api/v1/user/register": {"name": "cary-of-the-story", "password": PASSWORD},
    "/api/v1/user/login": {"name": "cary-of-the-story", "password": PASSWORD},
}


@dataclass
class Ada:
    """Who the story is about, and all that has ever opened her doors."""

    visitor: Visitor
    at_github: Somebody = field(default_factory=lambda: Somebody("101", "ada-at-github", "ada@story.example.net"))
    at_google: Somebody = field(default_factory=lambda: Somebody("202", "ada-at-google", "ada@story.example.org"))
    phone: Authenticator | None = None
    recovery_codes: list[str] = field(default_factory=list)
    access_tokens: list[str] = field(default_factory=list)
    refresh_tokens: list[str] = field(default_factory=list)

    def signed_in(self, tokens: dict[str, str]) -> None:
        """Go on with new tokens; the earlier ones are kept, to see them dead one day."""
        self.access_tokens.append(tokens["access"])
        self.refresh_tokens.append(tokens["refresh"])
        self.visitor.headers["Authorization"] = f"Bearer {tokens['access']}"


def test_the_story_of_an_account(server: Server, stand_in: Providers, monkeypatch):
    monkeypatch.setattr(stand_in, "person", stand_in.person)  # who sits at the browser afterwards
    ada = Ada(Visitor(server.url))
    _everybody_signs_up_in_their_own_way(ada, server)
    _people_sign_in_with_providers_and_ada_links_both(ada, server, stand_in)
    _ada_sets_up_a_second_factor_which_every_way_in_asks_for(ada, server, stand_in)
    letters, letter = _ada_stores_a_letter(ada)
    key = _a_key_for_one_folder_reads_and_writes_nothing(ada, server, letters, letter)
    zoe = _a_stranger_comes_into_the_team_and_sees_what_is_shared_with_it(ada, server, letters, letter)
    _ada_loses_her_password_and_every_old_token_is_dead(ada, server, key)
    _who_is_not_ada_goes_on(zoe, letter)


def _everybody_signs_up_in_their_own_way(ada: Ada, server: Server) -> None:
    account = {"username": NAME, "email": ADDRESS, "password": PASSWORD}
    asked(ada.visitor.post(f"{AUTH}/register", json=account), 201)
    ada.signed_in(asked(ada.visitor.post(f"{AUTH}/login", json={"login": NAME, "password": PASSWORD})))
    with Visitor(server.url) as visitor:
        answers = [asked(visitor.post(path, json=body), 200, 201) for path, body in IN_DIALECTS.items()]
        assert answers[0] == {"message": "User created"}
        assert answers[2] == {"_status": "OK"}
        assert _name_of(visitor, answers[1]["jwt_token"]) == "bea-of-the-story"
        assert _name_of(visitor, answers[3]["access_token"]) == "cary-of-the-story"
        # One account behind all of them.
        other_way = asked(visitor.post("/users/login", json={"username": NAME, "password": PASSWORD}))
        assert _name_of(visitor, other_way["jwt_token"]) == NAME
        ada.access_tokens.append(other_way["jwt_token"])


def _people_sign_in_with_providers_and_ada_links_both(ada: Ada, server: Server, providers: Providers) -> None:
    with Visitor(server.url) as visitor:
        for provider, person in (
            ("github", Somebody("1", "gil-of-the-story")),
            ("google", Somebody("2", "gwen-of-the-story", "gwen-of-the-story@example.net")),
        ):
            providers.person = person
            tokens = asked(_exchanged(visitor, providers, provider))
            assert _name_of(visitor, tokens["access"]) == person.login
        for provider, person in (("github", ada.at_github), ("google", ada.at_google)):
            providers.person = person
            asked(_exchanged(ada.visitor, providers, provider), 201)
            tokens = asked(_exchanged(visitor, providers, provider))
            assert _name_of(visitor, tokens["access"]) == NAME
            ada.access_tokens.append(tokens["access"])
            ada.refresh_tokens.append(tokens["refresh"])
    linked = asked(ada.visitor.get(f"{ACCOUNT}/identities/"))["items"]
    assert sorted(identity["provider"] for identity in linked) == ["github", "google"]


def _ada_sets_up_a_second_factor_which_every_way_in_asks_for(ada: Ada, server: Server, providers: Providers) -> None:
    begun = asked(ada.visitor.post(f"{ACCOUNT}/two-factor", json={"current_password": PASSWORD}))
    ada.phone = Authenticator(begun["secret"])
    on = asked(ada.visitor.post(f"{ACCOUNT}/two-factor/confirm", json={"code": ada.phone.code()}))
    ada.recovery_codes = on["recovery_codes"]
    with Visitor(server.url) as visitor:
        challenge = asked(visitor.post(f"{AUTH}/login", json={"login": NAME, "password": PASSWORD}), 202)
        assert "access" not in challenge
        providers.person = ada.at_github
        asked(_exchanged(visitor, providers, "github"), 202)
        refused = visitor.post("/users/login", json={"username": NAME, "password": PASSWORD})
        assert "two-factor" in asked(refused, 401)["error"]
        answer = {"challenge": challenge["challenge"], "code": ada.phone.code(1)}
        ada.signed_in(asked(visitor.post(f"{AUTH}/login/code", json=answer)))
        assert visitor.post(f"{AUTH}/login/code", json=answer).status_code == 401


def _ada_stores_a_letter(ada: Ada) -> tuple[str, str]:
    letters = ada.visitor.make_folder("Letters")
    return letters, ada.visitor.store("letter.txt", b"Dear Zoe", below=letters)["id"]


def _a_key_for_one_folder_reads_and_writes_nothing(ada: Ada, server: Server, letters: str, letter: str) -> str:
    """Return the key's token."""
    diary = ada.visitor.store("diary.txt", b"Dear me")["id"]
    wanted = {"name": "frame", "scopes": ["read"], "folder": letters}
    key = asked(ada.visitor.post(f"{ACCOUNT}/keys", json=wanted), 201)["token"]
    with Visitor(server.url) as frame:
        frame.headers["Authorization"] = f"Bearer {key}"
        assert frame.get(f"{STORE}/files/{letter}/content").content == b"Dear Zoe"
        written = frame.put(place_of("more.txt", letters), data=b"x"), frame.put(f"{STORE}/files/{letter}/content")
        assert [(asked(answer, 403)["code"]) for answer in written] == ["key_not_enough"] * 2
        assert frame.get(f"{STORE}/files/{diary}/content").status_code == 404
        assert frame.post(f"{ACCOUNT}/keys", json=wanted).status_code == 403
    assert ada.visitor.get(f"{STORE}/files/{letter}/content").content == b"Dear Zoe"
    return str(key)


def _a_stranger_comes_into_the_team_and_sees_what_is_shared_with_it(
    ada: Ada, server: Server, letters: str, letter: str
) -> Visitor:
    team = asked(ada.visitor.post("/api/v1/teams", json={"name": "Otters"}), 201)["id"]
    asked(ada.visitor.post(f"/api/v1/teams/{team}/invitations", json={"email": ZOE}), 201)
    asked(ada.visitor.post(f"{STORE}/assets/{letters}/viewers", json={"teams": [team]}), 201)
    secret = _secret_mailed_to(ZOE, server)

    zoe = Visitor(server.url)
    asked(zoe.post("/api/v1/user/register", json={"name": ZOE, "password": PASSWORD}))
    token = asked(zoe.post("/users/login", json={"username": ZOE, "password": PASSWORD}))["jwt_token"]
    zoe.headers["Authorization"] = f"token {token}"
    assert zoe.get(f"{STORE}/files/{letter}/content").status_code == 404
    asked(zoe.post("/api/v1/invitations/accept", json={"secret": secret}))
    assert zoe.get(f"{STORE}/files/{letter}/content").content == b"Dear Zoe"
    assert zoe.put(f"{STORE}/files/{letter}/content", data=b"mine now").status_code == 403
    return zoe


def _ada_loses_her_password_and_every_old_token_is_dead(ada: Ada, server: Server, key: str) -> None:
    with Visitor(server.url) as visitor:
        known, unknown = (
            asked(visitor.post(f"{AUTH}/request-password-reset", json={"email": email}))
            for email in (ADDRESS, "nobody@example.com")
        )
        assert known == unknown
        mended = {"token": _secret_mailed_to(ADDRESS, server, "password/reset"), "password": NEW_PASSWORD}
        assert _name_of(visitor, ada.access_tokens[-1]) == NAME
        asked(visitor.post(f"{AUTH}/reset-password", json=mended))
        assert visitor.post(f"{AUTH}/reset-password", json=mended).status_code == 400

        for token in (*ada.access_tokens, key):
            assert visitor.get(PROFILE, headers={"Authorization": f"Bearer {token}"}).status_code == 401
        for token in ada.refresh_tokens:
            assert visitor.post(f"{AUTH}/token/refresh", json={"refresh": token}).status_code == 401
        assert visitor.post(f"{AUTH}/login", json={"login": NAME, "password": PASSWORD}).status_code == 401
        asking = asked(visitor.post(f"{AUTH}/login", json={"login": NAME, "password": NEW_PASSWORD}), 202)
        answer = {"challenge": asking["challenge"], "code": ada.recovery_codes[0]}
        tokens = asked(visitor.post(f"{AUTH}/login/code", json=answer))
        assert _name_of(visitor, tokens["access"]) == NAME


def _who_is_not_ada_goes_on(zoe: Visitor, letter: str) -> None:
    assert zoe.get(f"{STORE}/files/{letter}/content").content == b"Dear Zoe"


def _exchanged(visitor: Visitor, providers: Providers, provider: str):
    """Sign in, or link, with the provider, as `providers.person` at a browser says yes to."""
    started = asked(visitor.get(f"{AUTH}/oauth/{provider}/start", params={"redirect_uri": BACK}))
    back = providers.visit(started["url"])
    return visitor.post(f"{AUTH}/oauth/{provider}", json={**back, "redirect_uri": BACK})


def _name_of(visitor: Visitor, token: str) -> str:
    return str(asked(visitor.get(PROFILE, headers={"Authorization": f"Bearer {token}"}))["username"])


def _secret_mailed_to(address: str, server: Server, path: str = "") -> str:
    """Wait for a mail with a link that has this path, and return the secret at its end."""
    found: list[str] = []

    def has_come() -> bool:
        texts = [text for mail in _mails(server.data / "mail") if mail["To"] == address and (text := _text(mail))]
        found.extend(link for text in texts for link in re.findall(rf"https?://\S+/{path}\S*", text))
        return bool(found)

    assert wait_until(has_come, 30), f"No mail to {address}"
    return found[-1].rpartition("/")[2]


def _mails(directory: Path) -> Iterator[EmailMessage]:
    """Yield what is in the files that each mail becomes without a mail server."""
    for file in sorted(directory.glob("*")):
        for mail in file.read_bytes().split(b"\n" + b"-" * 79):
            if mail.strip():
                yield message_from_bytes(mail.strip(), policy=policy.default)


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    return str(body.get_content()) if body else ""
