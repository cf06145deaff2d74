"""Two people at their pages: what one does, the other is told while they look."""

from playwright.sync_api import Page, expect

from tests.e2e.browser.signing_in import sign_in
from tests.server import Server
from tests.visitors import Visitor, asked

PATIENCE = 30_000  # milliseconds, of a machine that does much at once
SHARED = "“Holiday” was shared with you. You may view it."


def share(giver: Visitor, name: str, taker: Visitor) -> str:
    folder = giver.make_folder(name)
    sharing = {"users": [taker.name], "notify": True}
    asked(giver.post(f"/api/v1/store/assets/{folder}/viewers/", json=sharing), 200, 201)
    return folder


def mails_of(server: Server, somebody: Visitor) -> list[str]:
    rows = server.rows(f"SELECT kind FROM activity_mail WHERE \"to\" = '{somebody.email}' ORDER BY id")
    return [kind for (kind,) in rows if kind == "shared_with_you"]


def test_the_bell_counts_what_somebody_shares_while_the_page_is_open(page: Page, server: Server):
    alice, bob = (Visitor(server.url).registered(name) for name in ("alice", "bob"))
    sign_in(page, alice.name)
    expect(page.get_by_label("Notifications, 1 new")).to_be_visible(timeout=PATIENCE)  # of this very sign-in

    share(bob, "Holiday", alice)

    expect(page.get_by_label("Notifications, 2 new")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("status").get_by_text(SHARED)).to_be_visible()
    page.get_by_label("Notifications, 2 new").click()
    page.get_by_role("link", name=SHARED).click()
    expect(page.get_by_role("heading", name="Holiday")).to_be_visible()
    expect(page.get_by_label("Notifications, 1 new")).to_be_visible(timeout=PATIENCE)


def test_somebody_turns_the_mails_about_sharing_off_and_reads_it_on_the_page(page: Page, server: Server):
    alice, bob = (Visitor(server.url).registered(name) for name in ("alice", "bob"))
    sign_in(page, alice.name)
    page.goto("/account/notifications")
    page.get_by_label("By mail: Something is shared with you").uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Your choice is saved.")).to_be_visible()

    share(bob, "Holiday", alice)
    share(alice, "Work", bob)

    assert (mails_of(server, alice), mails_of(server, bob)) == ([], ["shared_with_you"])
    expect(page.get_by_label("Notifications, 2 new")).to_be_visible(timeout=PATIENCE)
    page.goto("/notifications")
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    expect(page.get_by_text(SHARED)).to_be_visible()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_label("Notifications", exact=True)).to_be_visible()
