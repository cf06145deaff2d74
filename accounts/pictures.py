"""Profile pictures: stored as they come, cropped to a square by a task, and served from then on.

They live in Django's default storage. `User.incoming_pict` names an original that waits; the sweep queues
it again should its task get lost. `User.profile_pict` is empty until there is a cropped one.
"""

import io
import struct
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from PIL import Image, ImageOps

from accounts.models import User
from cloudbox.errors import BadInput
from cloudbox.later import later

CROP = "accounts.crop_picture"
INCOMING = "pictures/incoming"
SIDE = 512  # pixels
MOST_BYTES = 10 * 2**20
MOST_PIXELS = 40_000_000  # a camera's; decoded they take up to 160 MB of the worker for a moment
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
BROKEN = (  # what Pillow raises at bytes that are no picture, or a forged one
    *(OSError, ValueError, SyntaxError, TypeError, LookupError, EOFError, MemoryError, struct.error),
    Image.DecompressionBombError,
)
FORGOTTEN_AFTER = timedelta(days=1)  # an original that no account names

log = structlog.get_logger(__name__)


def store(picture: bytes) -> str:
    """Store an original and return its name. Raises BadInput when it is none that we can crop."""
    if len(picture) > MOST_BYTES:
        raise BadInput("profile_pict", f"A picture may have {MOST_BYTES} bytes at most.")
    _open(picture)
    return default_storage.save(f"{INCOMING}/{uuid4().hex}", ContentFile(picture))


def crop_later(user_id: UUID, name: str) -> None:
    later(CROP, str(user_id), name)


def crop(user_id: UUID, name: str) -> None:
    """Make the waiting original `name` the user's picture. Safe to run twice and side by side."""
    waiting = User.objects.filter(id=user_id, incoming_pict=name)
    if not waiting.exists():  # done already, or there is a newer one
        forget(name)
        return
    square = _square(_original(name))
    if square is None:  # it looked like a picture until it was decoded, or it is gone
        log.warning("picture_unreadable", user_id=str(user_id))
        waiting.update(incoming_pict="")
        forget(name)
        return
    old = User.objects.values_list("profile_pict", flat=True).get(id=user_id)
    new = default_storage.save(f"pictures/{uuid4().hex}.webp", ContentFile(square))
    if waiting.update(incoming_pict="", profile_pict=new):
        forget(name)
        forget(old)
    else:  # somebody else was faster
        forget(new)


def read(name: str) -> tuple[bytes, datetime]:
    """Return a stored picture and when it was stored."""
    with default_storage.open(name) as file:
        return file.read(), default_storage.get_modified_time(name)


def forget(name: str | None) -> None:
    if name:
        default_storage.delete(name)


def sweep() -> None:
    """Queue what still waits to be cropped, and delete originals that no account names."""
    waiting = dict(User.objects.exclude(incoming_pict="").values_list("incoming_pict", "id"))
    for name, user_id in waiting.items():
        crop_later(user_id, name)
    try:
        files = default_storage.listdir(INCOMING)[1]
    except FileNotFoundError:  # nobody has sent one yet; a bucket has no folders that could be missing
        return
    for file in files:
        name = f"{INCOMING}/{file}"
        if name not in waiting and default_storage.get_modified_time(name) < timezone.now() - FORGOTTEN_AFTER:
            forget(name)


def _original(name: str) -> bytes:
    try:
        return read(name)[0]
    except FileNotFoundError:
        return b""


def _open(picture: bytes) -> Image.Image:
    """Read the picture's head only. Raises BadInput."""
    try:
        image = Image.open(io.BytesIO(picture), formats=FORMATS)
    except BROKEN as error:
        raise BadInput("profile_pict", f"Not a picture in one of the formats {', '.join(FORMATS)}.") from error
    if image.width * image.height > MOST_PIXELS:
        raise BadInput("profile_pict", f"A picture may have {MOST_PIXELS} pixels at most.")
    return image


def _square(picture: bytes) -> bytes | None:
    """Return the middle of the picture as a WebP of 512 by 512 pixels; None if it cannot be decoded."""
    out = io.BytesIO()
    try:
        image = _open(picture)
        image.draft("RGB", (SIDE, SIDE))  # a JPEG is decoded at a fraction of its size
        colours = image.convert("RGBA") if image.mode in {"P", "1"} else image  # these cannot be scaled well
        square = ImageOps.fit(colours, (SIDE, SIDE))
        upright = ImageOps.exif_transpose(square).convert("RGBA")  # a square can be turned after it was cut out
        upright.save(out, "WEBP", quality=85, exif=b"")
    except (BadInput, *BROKEN):
        return None
    return out.getvalue()
