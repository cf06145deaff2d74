"""The look of the administration: CloudBox's blue, its icon, and the way through it."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy

from cloudbox.duties import may_see

FOR_ALL = ("index", "two_factor")


def _to(title: str, icon: str, address: str) -> dict[str, Any]:
    """Return a way in the menu, shown to those who may go there."""
    app, _, model = address.removesuffix("_changelist").rpartition("_")
    page = f"{app}.{model}" if address.endswith("_changelist") else address

    def is_for(request: Any) -> bool:
        return may_see(getattr(request.user, "staff_role", ""), page)

    shown = {"permission": is_for} if page not in FOR_ALL else {}
    return {"title": title, "icon": icon, "link": reverse_lazy(f"admin:{address}"), **shown}


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "CloudBox",
    "SITE_HEADER": "CloudBox",
    "SITE_SUBHEADER": "Administration",
    "SITE_ICON": lambda _request: static("cloudbox/icon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _request: static("cloudbox/icon.svg")},
    ],
    "STYLES": [
        lambda _request: static("cloudbox/console.css"),
        lambda _request: static("cloudbox/money.css"),
    ],
    "SHOW_HISTORY": False,  # the audit log is the history
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "8px",
    "COLORS": {
        "primary": {  # around #1f5fd6, the accent of every page
            "50": "oklch(97% .014 259)",
            "100": "oklch(93.2% .032 259)",
            "200": "oklch(88.2% .059 259)",
            "300": "oklch(80.9% .105 259)",
            "400": "oklch(71% .15 259)",
            "500": "oklch(61.5% .19 259)",
            "600": "oklch(51.5% .192 259)",
            "700": "oklch(46.5% .185 259)",
            "800": "oklch(40.5% .155 259)",
            "900": "oklch(36% .125 259)",
            "950": "oklch(27.5% .085 259)",
        },
    },
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "items": [
                    _to("Overview", "monitoring", "index"),
                    _to("Audit log", "history", "activity_auditentry_changelist"),
                    _to("Your two-factor", "phonelink_lock", "two_factor"),
                ],
            },
            {
                "title": "People",
                "separator": True,
                "items": [
                    _to("Users", "group", "accounts_user_changelist"),
                    _to("Allowances", "add_circle", "accounts_allowance_changelist"),
                    _to("Sessions", "devices", "accounts_session_changelist"),
                    _to("Sign-ins", "login", "activity_signin_changelist"),
                    _to("Identities", "badge", "social_django_usersocialauth_changelist"),
                    _to("Access keys", "key", "accounts_accesskey_changelist"),
                    _to("Share links", "link", "assets_link_changelist"),
                    _to("Reports of abuse", "flag", "assets_report_changelist"),
                    _to("Teams", "groups", "accounts_team_changelist"),
                    _to("Members of teams", "diversity_3", "accounts_membership_changelist"),
                    _to("Invitations", "forward_to_inbox", "accounts_invitation_changelist"),
                ],
            },
            {
                "title": "Money",
                "separator": True,
                "items": [
                    _to("Revenue", "bar_chart", "revenue"),
                    _to("Orders", "shopping_cart", "payments_order_changelist"),
                    _to("Plans", "sell", "payments_plan_changelist"),
                    _to("Payments", "payments", "payments_payment_changelist"),
                    _to("Refunds", "undo", "payments_refund_changelist"),
                    _to("Disputes", "gavel", "payments_dispute_changelist"),
                    _to("Ledger transactions", "account_balance", "payments_ledgertransaction_changelist"),
                    _to("Receipts", "receipt_long", "payments_receipt_changelist"),
                    _to("Findings", "rule", "payments_finding_changelist"),
                    _to("Reconciliations", "compare_arrows", "payments_reconciliation_changelist"),
                    _to("Provider events", "webhook", "payments_providerevent_changelist"),
                    _to("Tables for spreadsheets", "table_view", "exports"),
                ],
            },
            {
                "title": "Files",
                "separator": True,
                "items": [
                    _to("Folders and files", "folder_open", "assets_asset_changelist"),
                    _to("Versions", "layers", "assets_version_changelist"),
                    _to("Uploads in flight", "upload", "assets_upload_changelist"),
                    _to("Blobs", "database", "assets_blob_changelist"),
                    _to("Damaged bytes", "heart_broken", "assets_damage_changelist"),
                    _to("On the way", "move_down", "assets_move_changelist"),
                    _to("Previews", "imagesmode", "assets_preview_changelist"),
                    _to("Waiting for deletion", "auto_delete", "assets_condemned_changelist"),
                ],
            },
            {
                "title": "Server",
                "separator": True,
                "items": [
                    _to("Jobs", "pending_actions", "jobs_job_changelist"),
                    _to("Schedule", "schedule", "django_celery_beat_periodictask_changelist"),
                    _to("Mail", "mail", "activity_mail_changelist"),
                    _to("Webhooks", "webhook", "activity_webhook_changelist"),
                    _to("Calls of webhooks", "call_made", "activity_delivery_changelist"),
                    _to("Seals", "verified_user", "activity_seal_changelist"),
                    _to("Settings in force", "settings", "settings_in_force"),
                ],
            },
        ],
    },
}
