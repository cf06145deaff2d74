"""Short words for sending a file in parts."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from assets.composites import Chosen
from assets.digests import Expected
from assets.models import Upload, UploadPart
from assets.parts import Part
from assets.placing import OnConflict
from assets.services import parts
from assets.services.content import Body
from assets.services.parts import Ending, Finished
from tests.assets.conftest import Hand


@dataclass(frozen=True)
class Sending:
    """An upload, and whose hand sends it."""

    hand: Hand
    id: UUID

    def part(self, number: int, data: bytes, **digests: bytes) -> Part:
        body = Body([data], Expected(len(data), digests))
        return parts.put_part(by=self.hand.caller, upload_id=self.id, number=number, body=body, with_md5=True)

    def parts(self, *data: bytes) -> None:
        """Send the parts from number 1 on."""
        for number, content in enumerate(data, 1):
            self.part(number, content)

    def append(self, offset: int, *chunks: bytes, **digests: bytes) -> int:
        body = Body(chunks, Expected(sum(map(len, chunks)), digests))
        return parts.append(by=self.hand.caller, upload_id=self.id, offset=offset, body=body)

    def finish(self, *numbers: int, **more) -> Finished:
        """Finish with all that has come, or with the parts of these numbers."""
        chosen = [Chosen(number) for number in numbers] or None
        return parts.finish(by=self.hand.caller, upload_id=self.id, ending=Ending(parts=chosen, **more))

    def abort(self) -> None:
        parts.abort(by=self.hand.caller, upload_id=self.id)

    def offset(self) -> int:
        return parts.progress_of(by=self.hand.caller, upload_id=self.id).offset

    def numbers(self) -> list[int]:
        return [part.number for part in parts.parts_of(by=self.hand.caller, upload_id=self.id)]

    def unfinished(self) -> QuerySet[UploadPart]:
        return UploadPart.objects.filter(upload=self.id, blob=None)


def begun(hand: Hand, size: int | None = None, name: str = "film", folder_id: UUID | None = None) -> Sending:
    progress = parts.begin(by=hand.caller, folder_id=folder_id, name=name, size=size, on_conflict=OnConflict.REPLACE)
    return Sending(hand, progress.id)


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def pass_time(*moments: str) -> None:
    """Let the leases of the uploads, or these moments of theirs, lie in the past."""
    past = timezone.now() - timedelta(seconds=1)
    Upload.objects.update(**dict.fromkeys(moments or ("lease_until",), past))
