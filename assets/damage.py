"""Bytes that are missing, or not what they were: who notes it, and who takes it back."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.callers import SYSTEM
from accounts.services import mail_staff
from activity.services import Target, record
from assets import previews, storage
from assets.models import Blob, Damage
from assets.rows import ask
from assets.words import Harm
from cloudbox.duties import OPERATOR
from cloudbox.errors import NotFound
from cloudbox.http import release_connection
from cloudbox.later import later

MOST_FILES = 20  # that are told of one blob
# A part of a composite is named by what names the composite, and a thumbnail by what names its picture.
_FILES = """
SELECT blob, id, name, seq, username FROM (
    SELECT holding.blob, a.id, a.name, v.seq, u.username,
           row_number() OVER (PARTITION BY holding.blob ORDER BY v.id) AS place
    FROM (SELECT blob, blob AS holder FROM unnest(%(ids)s::uuid[]) blob
          UNION SELECT part_id, blob_id FROM assets_blobpart WHERE part_id = ANY(%(ids)s)
          UNION SELECT t.image_id, p.blob_id FROM assets_thumbnail t JOIN assets_preview p ON p.id = t.preview_id
                 WHERE t.image_id = ANY(%(ids)s)) holding
    JOIN assets_version v ON v.blob_id = holding.holder
    JOIN assets_asset a ON a.id = v.asset_id
    JOIN accounts_user u ON u.id = a.owner_id
) files WHERE place <= %(most)s ORDER BY blob, place
"""

log = logging.getLogger(__name__)


def report(blob_id: UUID, harm: Harm) -> bool:
    """Note that the bytes of a plain blob are missing or altered, and return whether that was news.

    The staff get a mail, one a day at most.

    Safe inside a transaction and outside, any number of times and side by side. Bytes that are said to be missing
    are looked for once more where the blob now lies: a reader may have opened it just before it moved or was
    deleted. Nothing is noted while its store does not answer. Whoever has bytes flowing gives the connection back.
    """
    seen = Blob.objects.filter(pk=blob_id, kind="plain").first()
    if seen is None or (harm is Harm.MISSING and not _is_missing(seen)):
        return False
    with transaction.atomic():
        there = Blob.objects.select_for_update(no_key=True).filter(pk=blob_id, store=seen.store, key=seen.key)
        if not there.exists() or Damage.objects.filter(blob_id=blob_id, kind=harm).exists():
            return False
        Damage.objects.update_or_create(blob_id=blob_id, defaults={"kind": harm})
        previews.make_anew(blob_id)  # what is derived mends itself
        target = Target("blob", blob_id)
        record("bytes_damaged", by=SYSTEM.who, target=target, kind=harm.value, store=seen.store)
        _mail_staff(harm, seen.store)
    log.error("bytes_damaged", extra={"blob": str(blob_id), "kind": harm.value, "store": seen.store})
    return True


def withdraw(blob_id: UUID) -> bool:
    """Note that the bytes of a blob have been found right again, and return whether they were held for damaged."""
    with transaction.atomic():
        if not Damage.objects.filter(blob_id=blob_id).delete()[0]:
            return False
        record("bytes_found_right", by=SYSTEM.who, target=Target("blob", blob_id))
    log.warning("bytes_found_right", extra={"blob": str(blob_id)})
    return True


def files_of(blob_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, str | int]]]:
    """Return for each blob the first files that name it: `id`, `name`, `version` (its seq) and `owner` (a username)."""
    files: dict[UUID, list[dict[str, str | int]]] = defaultdict(list)
    for blob, file, name, seq, owner in ask(_FILES, {"ids": list(blob_ids), "most": MOST_FILES}):
        files[blob].append({"id": str(file), "name": name, "version": seq, "owner": owner})
    return dict(files)


def check_again(blob_id: UUID) -> None:
    """Have a damaged blob read once more, soon. Raises NotFound when it is not held for damaged."""
    if not Damage.objects.filter(blob_id=blob_id).exists():
        raise NotFound
    later("assets.examine_blob", str(blob_id))


def _mail_staff(harm: Harm, store: str) -> None:
    context, today = {"harm": harm.value, "store": store}, timezone.now().date().isoformat()
    mail_staff(OPERATOR, kind="bytes_damaged", context=context, dedupe=f"bytes_damaged:{today}")


def _is_missing(blob: Blob) -> bool:
    release_connection()  # the store may take its time
    try:
        storage.store_named(blob.store).size(blob.key or "")
    except FileNotFoundError:
        return True
    except (OSError, LookupError):
        return False
    return False
