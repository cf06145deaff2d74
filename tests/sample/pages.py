"""Every page that people see, in one list. Whoever adds an address adds it here, or says why it is none."""

import re
from dataclasses import dataclass

from tests.sample.world import World

MARIA, JONAS, NILS, NOBODY, STAFF = "maria", "jonas", "nils", "", "admin"


@dataclass(frozen=True)
class Page:
    """`route` is its name in `web.urls`, "" for one of another app. `address` takes the ids of the world.

    `press` is the name of the button that is pressed first.
    """

    slug: str
    route: str
    address: str
    by: str = MARIA
    press: str = ""

    def at(self, world: World) -> str:
        return re.sub("{(.+?)}", lambda name: world.ids[name[1]], self.address)


def _page(route: str, address: str, by: str = MARIA, *, slug: str = "") -> Page:
    return Page(slug or route, route, address, by)


PAGES = [
    # The ways in
    Page("welcome", "", "/", NOBODY),
    _page("login", "/login", NOBODY),
    _page("register", "/register", NOBODY),
    _page("forgot", "/password/forgot", NOBODY),
    _page("reset", "/password/reset/nothing", NOBODY, slug="link-refused"),
    _page("invitation", "/invitations/{invitation secret}", NOBODY),
    # Files
    _page("files", "/files"),
    _page("files", "/files?view=grid", slug="files-grid"),
    _page("files", "/files", NILS, slug="files-of-a-new-account"),
    _page("asset", "/files/{house}", slug="folder"),
    _page("asset", "/files/{photos}?view=grid", slug="folder-of-pictures"),
    _page("asset", "/files/{boats}", slug="folder-of-somebody-else"),
    _page("preview", "/files/{Sunrise.jpg}/view", slug="picture"),
    _page("preview", "/files/{Rental agreement.pdf}/view", slug="document"),
    _page("preview", "/files/{Moving.md}/view", slug="text"),
    _page("preview", "/files/{Harbour.webm}/view", slug="film"),
    _page("preview", "/files/{Voice memo.wav}/view", slug="sound"),
    _page("preview", "/files/{Lake house.zip}/view", slug="no-preview"),
    _page("details", "/files/{notes}/details"),
    _page("details", "/files/{house}/details", slug="details-of-a-folder"),
    _page("details", "/files/{boats}/details", slug="details-of-somebody-elses"),
    _page("versions", "/files/{notes}/versions"),
    _page("asset-people", "/files/{house}/people"),
    _page("asset-activity", "/files/{house}/activity"),
    _page("rename", "/files/{notes}/rename"),
    _page("new-folder", "/files/{house}/new-folder"),
    _page("bring", "/files/bring?action=move&asset={notes}"),
    _page("search", "/search?q=lake"),
    _page("search", "/search?q=nowhere", slug="nothing-found"),
    _page("shared", "/shared"),
    _page("shared-by-me", "/shared/by-me"),
    _page("share", "/files/{house}/share"),
    _page("share", "/files/{boats}/share", slug="share-of-an-editor"),
    _page("share", "/files/{photos}/share", NILS, slug="share-of-a-viewer"),
    _page("links", "/links"),
    _page("links", "/links", NILS, slug="no-links"),
    _page("link", "/links/{link with a password}"),
    _page("transfers", "/transfers"),
    _page("transfers", "/transfers", NILS, slug="no-transfers"),
    _page("transfer", "/transfers/{offer}"),
    _page("favourites", "/favourites"),
    _page("favourites", "/favourites", NILS, slug="no-favourites"),
    _page("recent", "/recent"),
    _page("trash", "/trash"),
    _page("trash", "/trash", NILS, slug="empty-trash"),
    _page("empty-trash", "/trash/empty", slug="emptying-the-trash"),
    _page("jobs", "/jobs"),
    _page("jobs", "/jobs", NILS, slug="no-jobs"),
    _page("job", "/jobs/{job}"),
    # What strangers see who have a link
    _page("visit", "/l/{link to a folder token}", NOBODY, slug="link-to-a-folder"),
    _page("visit-asset", "/l/{link to a folder token}/{picture 0}", NOBODY, slug="link-to-a-folder-file"),
    _page("visit", "/l/{link to a file token}", NOBODY, slug="link-to-a-file"),
    _page("visit", "/l/{link with a password token}", NOBODY, slug="link-with-a-password"),
    _page("visit", "/l/{link to add token}", NOBODY, slug="link-to-add"),
    _page("visit", "/l/{link to edit token}", NOBODY, slug="link-to-edit"),
    _page("visit-report", "/l/{link to a folder token}/report", NOBODY, slug="report-of-a-link"),
    _page("visit", "/l/nothing", NOBODY, slug="link-to-nothing"),
    # The account
    _page("account", "/account"),
    _page("activity", "/account/activity"),
    _page("activity", "/account/activity", NILS, slug="no-activity"),
    _page("usage", "/account/usage"),
    _page("retention", "/account/usage/versions"),
    _page("plan", "/account/plan"),
    _page("plan", "/account/plan", NILS, slug="free-plan"),
    _page("buy", "/account/plan/standard?currency=NGN"),
    _page("orders", "/account/orders"),
    _page("orders", "/account/orders", NILS, slug="no-orders"),
    _page("order", "/account/orders/{order}"),
    _page("paid", "/account/orders/return?reference={order reference}"),
    _page("paid", "/account/orders/return?reference={open order reference}", slug="not-paid-yet"),
    _page("receipt", "/account/receipts/{order receipt}"),
    _page("profile", "/account/profile"),
    _page("username", "/account/username"),
    _page("email", "/account/email"),
    _page("password", "/account/password"),
    _page("two-factor", "/account/two-factor"),
    _page("two-factor-off", "/account/two-factor/off"),
    _page("sessions", "/account/sessions"),
    _page("keys", "/account/keys"),
    _page("new-key", "/account/keys/new"),
    _page("webhooks", "/account/webhooks"),
    _page("new-webhook", "/account/webhooks/new"),
    _page("webhook", "/account/webhooks/{webhook}"),
    _page("change-webhook", "/account/webhooks/{webhook}/change"),
    _page("delete-webhook", "/account/webhooks/{webhook}/delete"),
    _page("teams", "/account/teams"),
    _page("team", "/account/teams/{team}"),
    _page("rename-team", "/account/teams/{team}/rename"),
    _page("delete-team", "/account/teams/{team}/delete"),
    _page("leave-team", "/account/teams/{team}/leave"),
    _page("identities", "/account/identities"),
    _page("notifications", "/notifications"),
    _page("notifications", "/notifications", NILS, slug="no-notifications"),
    _page("notification-choices", "/account/notifications"),
    _page("logout", "/logout"),
    # What is said where nothing is, and to programmers
    Page("no-such-page", "", "/nowhere", NOBODY),
    Page("errors", "", "/api/errors", NOBODY),
    # The staff
    Page("admin-login", "", "/admin/login/", NOBODY),
    Page("admin", "", "/admin/", STAFF),
    Page("admin-users", "", "/admin/accounts/user/", STAFF),
    Page("admin-orders", "", "/admin/payments/order/", STAFF),
    Page("admin-plans", "", "/admin/payments/plan/", STAFF),
    Page("admin-revenue", "", "/admin/revenue/", STAFF),
    Page("admin-exports", "", "/admin/exports/", STAFF),
]

NO_PAGES = {
    "strings": "the words of the scripts",
    "bell": "a piece of every page",
    "back-from": "where a provider leads back to",
    "login-code": "only in the middle of signing in",
    "two-factor-confirm": "only in the middle of setting it up",
    "recovery-codes": "only once they are made",
    "receipt-pdf": "a file",
    "visit-unlock": "leads to the link",
    "verify": "asks nothing and says what /login says",
}
