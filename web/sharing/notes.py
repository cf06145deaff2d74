"""What the lists of shared things say of each: as what, from whom, until when; and to whom."""

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.sharing import AnyOneAccess
from assets.services.finding import SharedByMe, SharedWithMe
from web.templatetags.page_parts import when

NAMED = 3  # people and teams; of more, how many


def of_received(given: SharedWithMe) -> SafeString:
    """Return what somebody was given: as what, by whom, through which team, and until when."""
    parts: list[str] = [_("You can edit") if given.role == "editor" else _("You can view")]
    if given.by:
        parts.append(_("from %(name)s") % {"name": given.by.username})
    if given.team:
        parts.append(_("team %(name)s") % {"name": given.team.username})
    return _line([*parts, *_until(given)])


def of_given(given: SharedByMe) -> SafeString:
    """Return to whom somebody gave it, how many links lead to it, and whether it is open to anyone."""
    names = [whom.name for whom in [*given.people, *given.teams]]
    parts = [", ".join(names[:NAMED])] if names else []
    if (more := len(names) - NAMED) > 0:
        parts.append(ngettext("%(count)s more", "%(count)s more", more) % {"count": more})
    if given.links:
        parts.append(ngettext("%(count)s link", "%(count)s links", given.links) % {"count": given.links})
    if given.asset.any_one_access == AnyOneAccess.EDITOR:
        parts.append(_("anyone with an account can edit"))
    elif given.asset.any_one_access == AnyOneAccess.VIEWER:
        parts.append(_("anyone can view"))
    return _line(parts)


def _until(given: SharedWithMe) -> list[str]:
    if given.expires_at is None:
        return []
    return [format_html(_("until {moment}"), moment=when(given.expires_at, "date"))]


def _line(parts: Iterable[str]) -> SafeString:
    return format_html_join(" · ", "{}", ((part,) for part in parts))
