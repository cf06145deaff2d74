"""A pack ends: what its owner sees in a browser, what they can still do, and how a new pack lifts it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from cloudbox import process
from tests.e2e.browser.uploading import MIB, PATIENCE, a_file, choose, files_of, is_told, looking_at_files, sha256, tray
from tests.payments.beside import Paystack
from tests.payments.time import let_pass
from tests.server import Server
from tests.visitors import Visitor, asked, place_of

PAYMENTS = "/api/v1/payments"


@pytest.fixture
def erin(server: Server, meet: Callable[[str], Visitor]) -> Visitor:
    """Somebody who stores more than everybody has, having paid for it."""
    erin = meet("erin")
    server.rows("UPDATE accounts_usage SET base_bytes = %s, limit_bytes = %s WHERE owner_id = %s", MIB, MIB, erin.id)
    buy(server, erin)
    erin.store("film.mp4", b"x" * 3 * MIB)
    return erin


@pytest.fixture
def page(browser: Browser, server: Server, erin: Visitor) -> Iterator[Page]:
    with looking_at_files(browser, server, erin, width=1280) as page:
        yield page


def buy(server: Server, payer: Visitor) -> None:
    """Buy a pack as a program does."""
    wish, key = {"plan": "basic", "currency": "NGN"}, {"Idempotency-Key": str(uuid4())}
    order = asked(payer.post(f"{PAYMENTS}/checkout", json=wish, headers=key), 201)
    with Paystack(server) as paystack:
        paystack.press(order["authorization_url"], "pay")
    check = f"{PAYMENTS}/orders/{order['id']}/check"
    assert process.wait_until(lambda: asked(payer.post(check))["state"] == "paid", 60, pause=0.3)


def standing(payer: Visitor) -> str:
    return str(asked(payer.get(f"{PAYMENTS}/plan"))["state"])


def test_when_a_pack_has_ended_all_is_there_nothing_is_added_and_a_new_pack_lifts_it(
    page: Page, server: Server, erin: Visitor, tmp_path: Path
):
    film, grain, song = files_of(erin), a_file(tmp_path, "grain.txt", 4), a_file(tmp_path, "song.flac", MIB)
    assert standing(erin) == "active"
    let_pass(31, server=server)
    assert standing(erin) == "grace"
    stored = erin.store(grain.name, grain.read_bytes())
    let_pass(7, server=server)
    assert standing(erin) == "read_only"

    refused = erin.put(place_of("more.txt"), data=b"more")
    assert (refused.status_code, refused.json()["code"], refused.json()["limit"]) == (402, "plan_expired", MIB)
    choose(page, song)
    dialog = page.get_by_role("dialog", name="There is not room for all of it")
    expect(dialog).to_contain_text("You store 3 MiB and have room for 1 MiB.")
    expect(dialog.get_by_role("link", name="Get more room")).to_be_visible()
    dialog.get_by_role("button", name="Upload nothing").click()
    page.route("**/api/v1/account/usage/", lambda route: route.abort())  # so that the upload itself is refused
    choose(page, song)
    expect(tray(page).get_by_text("You can read, download, share and delete")).to_be_visible(timeout=PATIENCE)
    expect(tray(page).get_by_role("link", name="Get more room")).to_be_visible()
    assert files_of(erin) == {**film, grain.name: sha256(grain)}
    assert erin.delete(f"/api/v1/store/files/{stored['id']}/").ok

    buy(server, erin)
    page.get_by_role("button", name="Resume all").click()
    is_told(page, "1 file is uploaded")

    assert standing(erin) == "active"
    assert files_of(erin) == {**film, "song.flac": sha256(song)}
