"""Many at the ancestors' doors at once, beside those who move and trash what they store."""

import json
import random
from collections import Counter

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from assets.models import LIVE, Asset, Identifier, Upload
from assets.services import trash, tree
from cloudbox.errors import Refusal
from tests.accounts.usage import counters, limit
from tests.assets.ancestors.speaking_blobs import post
from tests.assets.conftest import charged
from tests.people import client_for
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)
REFUSED = {400, 401, 403, 404, 405, 409, 413, 507}


def put_object(client, identifier: str, data: bytes) -> int:
    file = SimpleUploadedFile("a.bin", data)
    return int(client.post("/data/file", {"file_identifier": identifier, "file": file}).status_code)


def put_path(client, path: str, data: bytes) -> int:
    return int(client.put(f"/api/v1/file/upload/{path}", data, "application/octet-stream").status_code)


def store(client, number: int, name: str, data: bytes) -> int:
    """Store the bytes at one of four doors; return the status."""
    return [
        lambda: int(post(client, name, data).status_code),
        lambda: put_object(client, name, data),
        lambda: put_path(client, f"new/{name}", data),
        lambda: int(client.put(f"/api/v1/store/folders/files/{name}", data, "application/octet-stream").status_code),
    ][number % 4]()


def test_writers_at_four_doors_fill_the_room_to_the_last_byte_and_no_further(alice, own_store):
    limit(alice, 500)
    clients = [client_for(alice) for _ in range(12)]

    statuses = at_once(12, lambda number: store(clients[number], number, f"f{number}", b"x" * 100))

    assert sum(status in {200, 201} for status in statuses) == 5, statuses
    assert {status for status in statuses if status not in {200, 201}} <= {413, 507}
    assert counters(alice) == (500, 0)
    assert charged(alice.id) == 500


def test_a_storm_at_all_doors_ends_with_exact_counters_and_one_file_for_each_identifier(alice, bob, me, own_store):
    people = [client_for(who) for who in (alice, bob, alice, bob, alice, alice)]

    def act(number: int) -> Counter[int]:
        chance, seen = random.Random(number), Counter[int]()
        client = people[number]
        for turn in range(12):
            name = f"n{chance.randrange(4)}"
            if number == 5:
                seen[_shake(me, chance)] += 1
            elif chance.random() < 0.3:
                seen[int(client.delete(f"/{chance.choice(['v1/blobs', 'data/file'])}/{name}").status_code)] += 1
            elif chance.random() < 0.3:
                paths = {"src_path": f"new/{name}", "dst_path": f"deep/{turn}/{name}"}
                answer = client.post(
                    f"/api/v1/file/{chance.choice(['move', 'copy'])}", json.dumps(paths), "application/json"
                )
                seen[int(answer.status_code)] += 1
            else:
                seen[store(client, chance.randrange(4), name, b"x" * chance.randrange(200))] += 1
        return seen

    outcomes = at_once(6, act)

    assert [outcome for outcome in outcomes if isinstance(outcome, Exception)] == []
    assert set().union(*outcomes) <= {200, 201, 202} | REFUSED, outcomes
    assert not Upload.objects.exists()
    for who in (alice, bob):
        assert counters(who) == (charged(who.id), 0)
    live = [
        i.value for i in Identifier.objects.filter(door="data") if Asset.objects.filter(LIVE, id=i.asset_id).exists()
    ]
    assert len(live) == len(set(live))


def _shake(me, chance: random.Random) -> int:
    """Trash a folder of the root, or take something out of the trash; return 200, or a refusal's status."""
    try:
        folders = [view for view in tree.content_of(by=me.caller, folder_id=None).items if view.kind == "folder"]
        trashed = trash.trash_page(by=me.caller).items
        if trashed and chance.random() < 0.6:
            trash.restore(by=me.caller, asset_id=chance.choice(trashed).id)
        elif folders:
            trash.trash(by=me.caller, asset_id=chance.choice(folders).id)
    except Refusal as refusal:
        return refusal.status
    return 200


@pytest.fixture
def own_store(store):
    return store
