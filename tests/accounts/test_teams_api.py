"""The doors of teams: one test for each verb and for each refusal."""

from uuid import UUID

import pytest
from django.test import Client

from accounts.models import AccessKey
from activity.models import Mail
from tests.people import client_for, key_of

pytestmark = pytest.mark.django_db
TEAMS = "/api/v1/teams"
MINE = "/api/v1/account/invitations"
JSON = "application/json"
SCOPES = ["read", "write", "delete", "share", "documents"]
NOBODY = "00000000-0000-4000-8000-000000000000"


def asked(response, status: int = 200):
    """Return what a call has answered that must have this status."""
    assert response.status_code == status, response.content
    return response.json() if response.content else None


@pytest.fixture
def door(alice):
    return client_for(alice)


@pytest.fixture
def team(door) -> str:
    return str(asked(door.post(TEAMS, {"name": "Otters"}, JSON), 201)["id"])


def let_in(door, team: str, user, role: str = "member"):
    """Invite somebody and let them accept; return their client."""
    asked(door.post(f"{TEAMS}/{team}/invitations", {"username": user.username, "role": role}, JSON), 201)
    theirs = client_for(user)
    (invitation,) = asked(theirs.get(MINE))["items"]
    asked(theirs.post(f"{MINE}/{invitation['id']}/accept"))
    return theirs


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_team_is_made_listed_read_renamed_and_deleted(door, alice, slash):
    made = asked(door.post(f"{TEAMS}{slash}", {"name": "Otters"}, JSON), 201)

    assert made.keys() == {"id", "name", "role", "owner", "members", "created_at"}
    assert (made["role"], made["owner"], made["members"]) == ("owner", {"id": str(alice.id), "username": "alice"}, 1)
    assert asked(door.get(f"{TEAMS}{slash}")) == {"items": [made], "next": None}
    assert asked(door.get(f"{TEAMS}/{made['id']}{slash}")) == made
    assert asked(door.patch(f"{TEAMS}/{made['id']}{slash}", {"name": "Voles"}, JSON))["name"] == "Voles"
    assert door.delete(f"{TEAMS}/{made['id']}{slash}").status_code == 204
    assert asked(door.get(f"{TEAMS}/{made['id']}{slash}"), 404)["code"] == "not_found"


@pytest.mark.parametrize("slash", ["", "/"])
def test_somebody_is_invited_accepts_becomes_a_manager_and_is_removed(door, team, bob, slash):
    theirs = let_in(door, team, bob)
    listed = asked(door.get(f"{TEAMS}/{team}/members{slash}"))["items"]
    member = f"{TEAMS}/{team}/members/{bob.id}{slash}"

    assert [(item["username"], item["role"]) for item in listed] == [("alice", "owner"), ("bob", "member")]
    assert "email" not in listed[1]
    assert asked(door.patch(member, {"role": "manager"}, JSON))["role"] == "manager"
    assert asked(theirs.get(TEAMS))["items"][0]["role"] == "manager"
    assert door.delete(member).status_code == 204
    assert asked(theirs.get(TEAMS))["items"] == []


def test_a_team_is_handed_over_and_left(door, team, bob):
    theirs = let_in(door, team, bob)
    assert asked(door.post(f"{TEAMS}/{team}/leave"), 409)["code"] == "owner_stays"

    asked(door.patch(f"{TEAMS}/{team}/members/{bob.id}", {"role": "owner"}, JSON))

    assert door.post(f"{TEAMS}/{team}/leave").status_code == 204
    assert asked(theirs.get(f"{TEAMS}/{team}"))["owner"]["username"] == "bob"


def test_an_invitation_is_listed_sent_again_copied_and_withdrawn(door, team):
    invited = asked(door.post(f"{TEAMS}/{team}/invitations", {"email": "zoe@example.com"}, JSON), 201)
    assert (invited["email"], invited["username"], invited["role"]) == ("zoe@example.com", "", "member")

    again = asked(door.post(f"{TEAMS}/{team}/invitations/{invited['id']}/resend"), 201)
    link = door.post(f"{TEAMS}/{team}/invitations/{again['id']}/link")

    assert asked(door.get(f"{TEAMS}/{team}/invitations"))["items"][0]["id"] == again["id"]
    assert "/invitations/" in asked(link, 201)["url"]
    assert link["Cache-Control"] == "no-store"
    assert door.delete(f"{TEAMS}/{team}/invitations/{again['id']}").status_code == 204
    assert asked(door.get(f"{TEAMS}/{team}/invitations"))["items"] == []


def test_a_stranger_accepts_with_the_secret_of_the_mail(door, team, charlie):
    asked(door.post(f"{TEAMS}/{team}/invitations", {"email": "zoe@example.com"}, JSON), 201)
    secret = Mail.objects.get(kind="team_invitation").text.partition("/invitations/")[2].split()[0]
    theirs = client_for(charlie)

    assert asked(theirs.post("/api/v1/invitations/accept", {"secret": secret}, JSON))["members"] == 2
    assert asked(theirs.post("/api/v1/invitations/accept", {"secret": secret}, JSON), 404)["code"] == "invitation_ended"


def test_an_invitation_is_declined(door, team, bob):
    asked(door.post(f"{TEAMS}/{team}/invitations", {"username": "bob"}, JSON), 201)
    theirs = client_for(bob)
    (waiting,) = asked(theirs.get(MINE))["items"]

    assert (waiting["team"], waiting["invited_by"]) == ({"id": team, "name": "Otters"}, "alice")
    assert theirs.post(f"{MINE}/{waiting['id']}/decline").status_code == 204
    assert asked(theirs.get(MINE))["items"] == []


EVERY = [
    ("get", f"{TEAMS}/{{team}}", None),
    ("patch", f"{TEAMS}/{{team}}", {"name": "Mine"}),
    ("delete", f"{TEAMS}/{{team}}", None),
    ("get", f"{TEAMS}/{{team}}/members", None),
    ("patch", f"{TEAMS}/{{team}}/members/{{member}}", {"role": "manager"}),
    ("delete", f"{TEAMS}/{{team}}/members/{{member}}", None),
    ("post", f"{TEAMS}/{{team}}/leave", None),
    ("get", f"{TEAMS}/{{team}}/invitations", None),
    ("post", f"{TEAMS}/{{team}}/invitations", {"email": "mine@example.com"}),
    ("delete", f"{TEAMS}/{{team}}/invitations/{{invitation}}", None),
    ("post", f"{TEAMS}/{{team}}/invitations/{{invitation}}/resend", None),
    ("post", f"{TEAMS}/{{team}}/invitations/{{invitation}}/link", None),
    ("post", f"{MINE}/{{invitation}}/accept", None),
    ("post", f"{MINE}/{{invitation}}/decline", None),
]
OF_MEMBERS = {f"get {TEAMS}/{{team}}", f"get {TEAMS}/{{team}}/members", f"post {TEAMS}/{{team}}/leave"}


def call(door, method: str, path: str, body, ids: dict[str, str]):
    return getattr(door, method)(
        path.format(**ids), **({} if method == "get" else {"data": body, "content_type": JSON})
    )


@pytest.fixture
def ids(door, team, alice) -> dict[str, str]:
    invited = asked(door.post(f"{TEAMS}/{team}/invitations", {"email": "zoe@example.com"}, JSON), 201)
    return {"team": team, "member": str(alice.id), "invitation": invited["id"]}


def without_request_id(answer) -> dict[str, str]:
    return {name: value for name, value in answer.json().items() if name != "request_id"}


def test_a_key_reads_teams_and_changes_none(door, team, alice, bob):
    let_in(door, team, bob)
    key = Client(headers={"Authorization": f"Bearer {key_of(alice, *SCOPES).token}"})

    assert asked(key.get(TEAMS))["items"][0]["id"] == team
    assert asked(key.get(f"{TEAMS}/{team}"))["members"] == 2
    assert len(asked(key.get(f"{TEAMS}/{team}/members"))["items"]) == 2
    ids = {"team": team, "member": str(bob.id), "invitation": NOBODY}
    for method, path, body in [*EVERY, ("post", TEAMS, {"name": "x"}), ("get", MINE, None)]:
        if method != "get" or "invitations" in path:
            assert asked(call(key, method, path, body, ids), 403)["code"] == "key_not_enough"
    assert asked(door.get(f"{TEAMS}/{team}"))["members"] == 2


@pytest.mark.parametrize("scopes", [["write"], ["read"]])
def test_a_key_for_a_folder_or_without_reading_sees_no_team(door, team, alice, scopes):
    folder = UUID(int=0) if scopes == ["read"] else None
    made = key_of(alice, *scopes)
    AccessKey.objects.filter(id=made.info.id).update(folder_id=folder)
    key = Client(headers={"Authorization": f"Bearer {made.token}"})

    for path in (TEAMS, f"{TEAMS}/{team}", f"{TEAMS}/{team}/members"):
        assert asked(key.get(path), 403)["code"] == "key_not_enough"


@pytest.mark.parametrize(("method", "path", "body"), EVERY)
def test_a_stranger_is_told_that_there_is_no_such_thing(charlie, ids, method, path, body):
    theirs = client_for(charlie)

    real, made_up = (call(theirs, method, path, body, of) for of in (ids, dict.fromkeys(ids, NOBODY)))

    assert real.status_code == made_up.status_code == 404
    assert without_request_id(real) == without_request_id(made_up)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [one for one in EVERY if f"{one[0]} {one[1]}" not in OF_MEMBERS and not one[1].startswith(MINE)],
)
def test_a_member_is_told_what_only_managers_do(door, team, ids, bob, method, path, body):
    theirs = let_in(door, team, bob)

    assert asked(call(theirs, method, path, body, ids), 403)["code"] == "access_denied"
    assert asked(door.get(f"{TEAMS}/{team}"))["name"] == "Otters"


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        *EVERY,
        ("get", TEAMS, None),
        ("post", TEAMS, {"name": "x"}),
        ("get", MINE, None),
        ("post", "/api/v1/invitations/accept", {"secret": "x"}),
    ],
)
def test_nobody_in_particular_is_asked_to_sign_in(client, ids, method, path, body):
    for of in (ids, dict.fromkeys(ids, NOBODY)):
        assert asked(call(client, method, path, body, of), 401)["code"] == "not_authenticated"


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("", {}, "name"),
        ("", {"name": ""}, "name"),
        ("", {"name": "x" * 101}, "name"),
        ("", {"name": 7}, "name"),
        ("", {"name": "x", "owner": "bob"}, "owner"),
        ("/{team}/invitations", {}, "email"),
        ("/{team}/invitations", {"email": "zoe"}, "email"),
        ("/{team}/invitations", {"email": "zoe@example.com", "role": "owner"}, "role"),
        ("/{team}/invitations", {"username": "nobody"}, "username"),
        ("/{team}/invitations", {"username": "x" * 255}, "username"),
    ],
)
def test_what_cannot_be_is_refused_by_the_field(door, team, path, body, field):
    refusal = asked(door.post(f"{TEAMS}{path.format(team=team)}", body, JSON), 400)

    named = refusal.get("field") or refusal["errors"][0]["field"]
    assert named == field


@pytest.mark.parametrize("path", [TEAMS, MINE, f"{TEAMS}/{{team}}/members", f"{TEAMS}/{{team}}/invitations"])
@pytest.mark.parametrize(("query", "field"), [("limit=0", "limit"), ("cursor=x", "cursor"), ("cursor=WzFd", "cursor")])
def test_a_page_that_cannot_be_is_refused_by_name(door, team, path, query, field):
    assert asked(door.get(f"{path.format(team=team)}?{query}"), 400)["field"] == field
