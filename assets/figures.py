"""What is stored and how it grows, for the staff's first page."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from assets.models import Blob, Report, Version
from cloudbox.ids import first_id_of


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Files' contents that are kept: how many, their bytes on the stores, and the uploads in flight."""

    blobs: int
    stored: int  # bytes; a copy shares the bytes of its original, so this can be less than what is charged
    stores: dict[str, int]  # the bytes in each store that has any, by its name
    uploads: int
    known_right: (
        int  # of the blobs, those that came, or were read back and found right, in the last CLOUDBOX_SCRUB_DAYS
    )
    damaged: int
    reports: int  # of abuse, that wait for a decision


@dataclass(frozen=True)
class Day:
    """What was uploaded on one day (UTC): versions and their bytes."""

    date: date
    uploads: int
    bytes: int


def figures() -> Figures:
    """Count now."""
    lately = timezone.now() - timedelta(days=settings.CLOUDBOX_SCRUB_DAYS)
    came, was_read = Q(created_at__gte=lately), Q(verified_at__gte=lately)
    in_stores = (
        Blob.objects.filter(kind="plain")
        .order_by("store")
        .values_list("store")
        .annotate(blobs=Count("id"), bytes=Sum("size"), right=Count("id", filter=came | was_read))
    )
    found = [(store, blobs, int(size), right) for store, blobs, size, right in in_stores]
    return Figures(
        blobs=sum(blobs for _, blobs, _, _ in found),
        stored=sum(size for _, _, size, _ in found),
        stores={store: size for store, _, size, _ in found},
        known_right=sum(right for _, _, _, right in found),
        **_counts(),
    )


def _counts() -> dict[str, int]:
    """Count what needs no look into its rows, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM assets_upload), (SELECT count(*) FROM assets_damage),
                   (SELECT count(*) FROM assets_report WHERE state = %s)
            """,
            [Report.State.OPEN],
        )
        return dict(zip(("uploads", "damaged", "reports"), cursor.fetchone(), strict=True))


def uploads_per_day(days: int) -> list[Day]:
    """Return the last `days` days, the oldest first, today last."""
    today = timezone.now().astimezone(UTC).date()
    first = today - timedelta(days=days - 1)
    found = {
        day: Day(day, uploads, int(size))
        for day, uploads, size in Version.objects.filter(id__gte=first_id_of(datetime.combine(first, time(), UTC)))
        .order_by()
        .annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values_list("day")
        .annotate(uploads=Count("id"), size=Sum("size"))
    }
    return [found.get(day, Day(day, 0, 0)) for day in _days(first, today)]


def _days(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += timedelta(days=1)
