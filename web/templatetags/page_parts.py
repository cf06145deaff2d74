"""The small pieces of every page: icons, and moments that the browser shows in its own zone and language."""

from datetime import datetime

from django import template
from django.templatetags.static import static
from django.utils import formats
from django.utils.html import format_html
from django.utils.safestring import SafeString

from payments import billing

register = template.Library()
register.simple_tag(billing.payments_on)


@register.simple_tag
def icon(name: str, kind: str = "") -> SafeString:
    """Return one of the drawings in web/icons.svg, which says nothing to a screen reader."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"></use></svg>', kind, static("web/icons.svg"), name
    )


@register.filter
def length_of_time(milliseconds: int) -> str:
    """Return how long something plays, as players say it: 3:07, or 1:02:45."""
    minutes, seconds = divmod(round(milliseconds / 1000), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


@register.simple_tag
def when(moment: datetime | None, style: str = "moment") -> SafeString | str:
    """Return a moment in UTC, which js/when.js shows as the reader's clock has it: `moment`, `date` or `ago`."""
    if moment is None:
        return ""
    shown = formats.date_format(moment, "DATE_FORMAT" if style == "date" else "DATETIME_FORMAT")
    return format_html('<time datetime="{}" data-when="{}">{}</time>', moment.isoformat(), style, shown)
