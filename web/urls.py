"""The pages for people in browsers, with and without the slash at the end."""

from collections.abc import Callable

from django.http.response import HttpResponseBase
from django.urls import URLPattern, re_path
from django.views.i18n import JavaScriptCatalog

from web import (
    account,
    activity,
    entrance,
    jobs,
    keys,
    language,
    notifications,
    oauth,
    recovery,
    sessions,
    teams,
    two_factor,
    usage,
    webhooks,
)
from web.files import actions, bringing, details, labels, listing, preview, search, versions
from web.payments import orders, plan, receipts
from web.sharing import links, panel, people, transfers
from web.visit import changing, reporting
from web.visit import pages as visit

ID = "[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
WEBHOOK = f"account/webhooks/(?P<webhook_id>{ID})"
TEAM = f"account/teams/(?P<team_id>{ID})"
MEMBER = f"{TEAM}/members/(?P<user_id>{ID})"
INVITATION = f"(?P<invitation_id>{ID})"
SECRET = "(?P<secret>[A-Za-z0-9_-]{1,200})"  # noqa: S105 - where one stands
PROVIDER = "(?P<provider>[a-z][a-z0-9-]{0,29})"


def page(address: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
    return re_path(rf"^{address}/?$", view, name=name)


JOB = f"jobs/(?P<job_id>{ID})"
ASSET = f"files/(?P<asset_id>{ID})"

_files = [
    page("files", listing.files, "files"),
    page(ASSET, listing.asset, "asset"),
    page(f"{ASSET}/view", preview.preview, "preview"),
    page(f"{ASSET}/details", details.details, "details"),
    page(f"{ASSET}/people", details.people, "asset-people"),
    page(f"{ASSET}/activity", activity.of_asset, "asset-activity"),
    page(f"{ASSET}/tags", labels.set_tags, "set-tags"),
    page(f"{ASSET}/metadata", labels.set_metadata, "set-metadata"),
    page(f"{ASSET}/versions", versions.listed, "versions"),
    page(f"{ASSET}/versions/(?P<seq>[0-9]{{1,9}})/restore", versions.restore, "restore-version"),
    page(f"{ASSET}/versions/(?P<seq>[0-9]{{1,9}})/delete", versions.delete, "delete-version"),
    page(f"{ASSET}/retention", versions.set_retention, "set-retention"),
    page(f"{ASSET}/rename", actions.rename, "rename"),
    page(f"{ASSET}/new-folder", actions.new_folder, "new-folder"),
    page("files/with-chosen", actions.with_chosen, "with-chosen"),
    page("files/bring", bringing.bring, "bring"),
    page("search", search.search, "search"),
    page("shared", listing.shared, "shared"),
    page("shared/by-me", listing.shared_by_me, "shared-by-me"),
    page("favourites", listing.favourites, "favourites"),
    page("recent", listing.recent, "recent"),
    page("trash", listing.trashed, "trash"),
    page("trash/empty", actions.empty_trash, "empty-trash"),
]

LINK = "l/(?P<token>[A-Za-z0-9_-]{1,200})"
BY_LINK = f"{LINK}/(?P<asset_id>{ID})"

_visit = [
    page(LINK, visit.link, "visit"),
    page(f"{LINK}/unlock", visit.unlock, "visit-unlock"),
    page(f"{LINK}/report", reporting.report, "visit-report"),
    page(BY_LINK, visit.asset, "visit-asset"),
    page(f"{BY_LINK}/new-folder", changing.make_folder, "visit-new-folder"),
    page(f"{BY_LINK}/rename", changing.rename, "visit-rename"),
    page(f"{BY_LINK}/delete", changing.delete, "visit-delete"),
]

SHARE, ONE_LINK = f"{ASSET}/share", f"links/(?P<link_id>{ID})"
OFFER = f"transfers/(?P<offer_id>{ID})"

_sharing = [
    page(SHARE, panel.share, "share"),
    page(f"{SHARE}/people", people.add, "share-people"),
    page(f"{SHARE}/role", people.set_role, "share-role"),
    page(f"{SHARE}/remove", people.remove, "share-remove"),
    page(f"{SHARE}/leave", people.leave, "share-leave"),
    page(f"{SHARE}/anyone", people.anyone, "share-anyone"),
    page(f"{SHARE}/inherit", people.inherit, "share-inherit"),
    page(f"{SHARE}/offer", people.offer, "share-offer"),
    page(f"{SHARE}/links", links.make, "share-link"),
    page("links", links.mine, "links"),
    page(ONE_LINK, links.change, "link"),
    page(f"{ONE_LINK}/revoke", links.revoke, "revoke-link"),
    page("transfers", transfers.open_offers, "transfers"),
    page(OFFER, transfers.offer, "transfer"),
    page(f"{OFFER}/accept", transfers.accept, "accept-transfer"),
    page(f"{OFFER}/decline", transfers.decline, "decline-transfer"),
    page(f"{OFFER}/withdraw", transfers.withdraw, "withdraw-transfer"),
]

ORDER, RECEIPT = f"account/orders/(?P<order_id>{ID})", "account/receipts/(?P<number>[0-9]{1,18})"

_payments = [
    page("account/plan", plan.plan, "plan"),
    page("account/plan/(?P<plan>[A-Za-z0-9_-]{1,40})", plan.buy, "buy"),
    page("account/orders", orders.mine, "orders"),
    page("account/orders/return", orders.paid, "paid"),
    page(ORDER, orders.order, "order"),
    page(f"{ORDER}/check", orders.check, "check-order"),
    page(f"{ORDER}/cancel", orders.cancel, "cancel-order"),
    page(RECEIPT, receipts.receipt, "receipt"),
    page(f"{RECEIPT}[.]pdf", receipts.receipt_pdf, "receipt-pdf"),
]

urlpatterns = [
    *_files,
    *_sharing,
    *_visit,
    *_payments,
    re_path("^strings[.]js$", JavaScriptCatalog.as_view(packages=["web"]), name="strings"),
    page("language", language.choose, "language"),
    page("login", entrance.login, "login"),
    page("login/code", entrance.code, "login-code"),
    page("logout", entrance.logout, "logout"),
    page("register", entrance.register, "register"),
    page("password/forgot", recovery.forgot, "forgot"),
    page(f"password/reset/{SECRET}", recovery.reset, "reset"),
    page(f"email/verify/{SECRET}", recovery.verify, "verify"),
    page(f"invitations/{SECRET}", teams.invitation, "invitation"),
    page("account", account.account, "account"),
    page("account/activity", activity.mine, "activity"),
    page("account/usage", usage.usage, "usage"),
    page("account/usage/versions", usage.retention, "retention"),
    page("jobs", jobs.mine, "jobs"),
    page(JOB, jobs.job, "job"),
    page(f"{JOB}/cancel", jobs.cancel, "cancel-job"),
    page("notifications", notifications.notifications, "notifications"),
    page("notifications/latest", notifications.bell, "bell"),
    page("notifications/read", notifications.mark_read, "mark-read"),
    page("account/notifications", notifications.choices, "notification-choices"),
    page("account/profile", account.profile, "profile"),
    page("account/profile/picture/remove", account.remove_picture, "remove-picture"),
    page("account/username", account.username, "username"),
    page("account/email", recovery.email, "email"),
    page("account/email/send", recovery.send_verification, "send-verification"),
    page("account/password", account.password, "password"),
    page("account/two-factor", two_factor.overview, "two-factor"),
    page("account/two-factor/confirm", two_factor.confirm, "two-factor-confirm"),
    page("account/two-factor/recovery-codes", two_factor.recovery_codes, "recovery-codes"),
    page("account/two-factor/off", two_factor.turn_off, "two-factor-off"),
    page("account/sessions", sessions.sessions, "sessions"),
    page("account/sessions/end-others", sessions.end_others, "end-other-sessions"),
    page(f"account/sessions/(?P<session_id>{ID})/end", sessions.end, "end-session"),
    page("account/keys", keys.mine, "keys"),
    page("account/keys/new", keys.make, "new-key"),
    page(f"account/keys/(?P<key_id>{ID})/revoke", keys.revoke, "revoke-key"),
    page("account/webhooks", webhooks.mine, "webhooks"),
    page("account/webhooks/new", webhooks.make, "new-webhook"),
    page(WEBHOOK, webhooks.webhook, "webhook"),
    page(f"{WEBHOOK}/change", webhooks.change, "change-webhook"),
    page(f"{WEBHOOK}/secret", webhooks.reveal, "webhook-secret"),
    page(f"{WEBHOOK}/rotate", webhooks.rotate, "rotate-webhook"),
    page(f"{WEBHOOK}/turn", webhooks.turn, "turn-webhook"),
    page(f"{WEBHOOK}/test", webhooks.test, "test-webhook"),
    page(f"{WEBHOOK}/delete", webhooks.delete, "delete-webhook"),
    page(f"{WEBHOOK}/deliveries/(?P<delivery_id>{ID})/retry", webhooks.retry, "retry-delivery"),
    page("account/teams", teams.mine, "teams"),
    page(TEAM, teams.team, "team"),
    page(f"{TEAM}/rename", teams.rename, "rename-team"),
    page(f"{TEAM}/delete", teams.delete, "delete-team"),
    page(f"{TEAM}/leave", teams.leave, "leave-team"),
    page(f"{MEMBER}/remove", teams.remove, "remove-member"),
    page(f"{MEMBER}/role", teams.set_role, "set-role"),
    page(f"{TEAM}/invitations/{INVITATION}/withdraw", teams.withdraw, "withdraw-invitation"),
    page(f"{TEAM}/invitations/{INVITATION}/resend", teams.resend, "resend-invitation"),
    page(f"{TEAM}/invitations/{INVITATION}/link", teams.link, "invitation-link"),
    page(f"account/invitations/{INVITATION}/accept", teams.accept, "accept-invitation"),
    page(f"account/invitations/{INVITATION}/decline", teams.decline, "decline-invitation"),
    page("account/identities", oauth.linked, "identities"),
    page("account/identities/(?P<identity_id>[0-9]{1,18})/unlink", oauth.unlink, "unlink"),
    # Below those of our own: a provider may be called anything else.
    page(f"login/{PROVIDER}", oauth.leave, "sign-in-with"),
    page(f"login/{PROVIDER}/back", oauth.come_back, "back-from"),
]
