"""Every list of the API asks the database as often for many as for one: all that are described are here."""

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Allowance, User
from accounts.services import teams
from activity import deliveries, webhooks
from activity.models import Event, Notification, Reader
from assets.services import links, people, transfers, trash
from cloudbox import openapi
from jobs import services as jobs
from payments.models import Plan, Price
from payments.steps import note
from tests.assets.conftest import Hand
from tests.assets.tus.conftest import Tus
from tests.payments.having import bought
from tests.payments.orders import paid
from tests.people import caller_for, client_for, key_of, register

ONE, MANY = 1, 3

# As the description has them, and in which of them there must be more in the end.
LISTS = {
    "/api/v1/account/identities/": "items",
    "/api/v1/account/invitations/": "items",
    "/api/v1/account/keys/": "items",
    "/api/v1/account/sessions/": "items",
    "/api/v1/account/usage/": "allowances",
    "/api/v1/activity/": "items",
    "/api/v1/events/": "items",
    "/api/v1/file/folder/": "file_info_list",
    "/api/v1/file/list/": "files",
    "/api/v1/jobs/": "items",
    "/api/v1/jobs/{job_id}/items/": "items",
    "/api/v1/links/{token}/folders/{folder_id}/content/": "items",
    "/api/v1/notifications/": "items",
    "/api/v1/payments/": "items",
    "/api/v1/payments/orders/": "items",
    "/api/v1/payments/orders/{order_id}/timeline/": "items",
    "/api/v1/payments/plan/": "following",
    "/api/v1/payments/plans/": "items",
    "/api/v1/payments/receipts/": "items",
    "/api/v1/store/assets/{asset_id}/activity/": "items",
    "/api/v1/store/assets/{asset_id}/editors/": "editors",
    "/api/v1/store/assets/{asset_id}/links/": "items",
    "/api/v1/store/assets/{asset_id}/viewers/": "viewers",
    "/api/v1/store/favourites/": "items",
    "/api/v1/store/files/{file_id}/versions/": "items",
    "/api/v1/store/folders/content/": "items",
    "/api/v1/store/folders/{folder_id}/content/": "items",
    "/api/v1/store/links/": "items",
    "/api/v1/store/recent/": "items",
    "/api/v1/store/search/": "items",
    "/api/v1/store/shared-by-me/": "items",
    "/api/v1/store/shared-with-me/": "items",
    "/api/v1/store/transfers/": "items",
    "/api/v1/store/trash/": "items",
    "/api/v1/teams/": "items",
    "/api/v1/teams/{team_id}/invitations/": "items",
    "/api/v1/teams/{team_id}/members/": "items",
    "/api/v1/uploads/": "items",
    "/api/v1/webhooks/": "items",
    "/api/v1/webhooks/{webhook_id}/deliveries/": "items",
    "/data/user_file/": "file_identifiers",
    "/v1/blobs/": "items",
}
ASKED = {"/api/v1/store/search/": "?q=thing", "/api/v1/events/": "?poll=1&after=999&kinds=quota_warning"}
SETTINGS = {
    "/api/v1/account/notifications/",
    "/api/v1/auth/oauth/",
    "/api/v1/events/kinds/",
}  # which come from no table


class World:
    """Alice and what she has; what `grow` adds is in every list of hers."""

    def __init__(self) -> None:
        self.alice, self.bob = register("alice"), register("bob")
        self.me, self.colleague = Hand(caller_for(self.alice)), Hand(caller_for(self.bob))
        self.client, self.other = client_for(self.alice), client_for(self.bob)
        self.folder, self.file = self.me.folder("folder"), self.me.file("file")
        self.team = posted(self.client, "/api/v1/teams/", name="Herons")["id"]
        link = links.make(by=self.me.caller, asset_id=self.folder.id, role="viewer", wish={})
        assert link.url
        self.ids = {
            "folder_id": self.folder.id,
            "asset_id": self.folder.id,
            "file_id": self.file.id,
            "team_id": self.team,
            "webhook_id": webhooks.make(by=self.me.caller, url="https://hooks.example.org/").info.id,
            "token": link.url.rstrip("/").rpartition("/")[2],
            "order_id": bought(self.alice).id,
        }
        self.grown = 0

    def grow(self, number: int) -> None:
        for _ in range(number):
            self.grown += 1
            self.add(f"thing {self.grown}")
        job = jobs.create("kind", {}, owner_id=self.alice.id, subjects=[str(n) for n in range(self.grown)])
        self.ids["job_id"] = job.id

    def add(self, name: str) -> None:
        """Add one to each list."""
        self.add_to_the_tree(name)
        self.add_people(register(f"user{self.grown}"))
        key_of(self.alice, "read")
        jobs.create("kind", {}, owner_id=self.alice.id)
        client_for(self.alice)
        self.alice.social_auth.create(provider="github", uid=name)
        Allowance.objects.create(owner=self.alice, bytes=1, source=name)
        said = {"actor": {"id": None, "label": ""}, "target": None, "facts": {}}
        number = self.grown * 1000  # others may be given their own in between
        Event.objects.create(seq=number, kind="quota_warning", audience=[self.alice.id], data=said)
        Reader.objects.update_or_create(name="numbers", defaults={"seq": number})
        Notification.objects.create(user=self.alice, event_seq=self.grown, kind="quota_warning", data=said)
        webhooks.make(by=self.me.caller, url="https://hooks.example.org/")
        deliveries.test(by=self.me.caller, webhook_id=self.ids["webhook_id"])
        self.add_to_the_till(name)
        Tus(self.client).begin(4)
        posted(self.client, "/v1/blobs", id=name, data="c2FsdA==")
        self.client.post("/data/file", {"file": SimpleUploadedFile(name, b"data"), "file_identifier": name})

    def add_to_the_till(self, name: str) -> None:
        paid(bought(self.alice, size=1))
        note(self.ids["order_id"], "verified")
        plan = Plan.objects.create(code=f"plan-{self.grown}", name=name, bytes=1, days=1)
        Price.objects.create(plan=plan, currency="NGN", amount_minor=5000)

    def add_to_the_tree(self, name: str) -> None:
        self.me.file("file", data=name.encode())
        for hand, other in ((self.me, "bob"), (self.colleague, "alice")):
            folder, gone = hand.folder(name), hand.file(f"gone {name}")
            people.add_people(by=hand.caller, asset_id=folder.id, role="viewer", names=[other])
            transfers.offer(by=hand.caller, asset_id=hand.file(f"offered {name}").id, to=other)
            trash.trash(by=hand.caller, asset_id=gone.id)
            self.client.put(f"/api/v1/store/assets/{folder.id}/favourite/")
        self.me.file(name, self.folder)
        self.me.folder(f"below {name}", self.folder)
        links.make(by=self.me.caller, asset_id=self.folder.id, role="viewer", wish={})

    def add_people(self, user: User) -> None:
        client, name = client_for(user), user.username
        people.add_people(by=self.me.caller, asset_id=self.folder.id, role="editor", names=[name])
        other = register(f"{name}viewer")
        people.add_people(by=self.me.caller, asset_id=self.folder.id, role="viewer", names=[other.username])
        invited = posted(self.client, f"/api/v1/teams/{self.team}/invitations/", username=name)
        posted(client, f"/api/v1/account/invitations/{invited['id']}/accept/")
        posted(self.client, f"/api/v1/teams/{self.team}/invitations/", username=other.username)
        theirs = posted(client, "/api/v1/teams/", name=name)
        posted(client, f"/api/v1/teams/{theirs['id']}/invitations/", username="alice")
        team = teams.create(by=caller_for(self.alice), name=f"{name} too")
        me = caller_for(self.alice)  # who is in the team
        people.add_people(by=me, asset_id=self.folder.id, role="viewer", team_ids=[team.id])

    def ask(self, address: str) -> tuple[int, int]:
        """Return how long the list is, and how many queries it takes."""
        asked = address.format(**self.ids) + ASKED.get(address, "")
        client = Client() if "{token}" in address else self.client
        client.get(asked)  # so that what is noted of a session once in a while has been
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(asked)
        assert answer.status_code == 200, (asked, answer.content)
        return len(answer.json()[LISTS[address]]), len(queries)


def posted(client: Client, address: str, **sent: Any) -> Any:
    answer = client.post(address, json.dumps(sent), content_type="application/json")
    assert answer.status_code in {200, 201, 204}, (address, answer.content)
    return answer.json() if answer.content else None


@pytest.fixture
def world(db, tmp_path, settings) -> World:
    settings.CLOUDBOX_STORES = {"local": f"local://{tmp_path}/blobs"}
    return World()


def test_every_list_asks_as_often_for_many_as_for_one(world):
    world.grow(ONE)
    few = {address: world.ask(address) for address in LISTS}
    world.grow(MANY)
    many = {address: world.ask(address) for address in LISTS}

    grown = {address: many[address][0] - few[address][0] for address in LISTS}
    assert {address for address in LISTS if few[address][0] < ONE or grown[address] < MANY} == set()
    assert {address: (few[address], many[address]) for address in LISTS if few[address][1] != many[address][1]} == {}


def test_no_list_is_forgotten():
    description = openapi.description()
    schemas = description["components"]["schemas"]

    def resolved(schema: dict[str, Any]) -> Any:
        return schemas.get(schema.get("$ref", "").rpartition("/")[2], schema)

    def is_list(operation: dict[str, Any]) -> bool:
        """Say whether the answer goes on in pages, or has a list of objects or of names that somebody chose."""
        answers = operation["responses"].get("200", {}).get("content", {}).values()
        fields = {name: field for answer in answers for name, field in shown(answer).items()}
        of_objects = [resolved(field["items"]).get("type") == "object" for field in fields.values() if "items" in field]
        return bool(fields.keys() & {"next", "files", "file_identifiers"}) or any(of_objects)

    def shown(answer: dict[str, Any]) -> Any:
        return resolved(answer.get("schema", {})).get("properties", {})

    described = {address for address, item in description["paths"].items() if "get" in item and is_list(item["get"])}

    assert described - SETTINGS == LISTS.keys()
