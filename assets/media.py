"""Videos and sounds: how long and how large they are, and a picture of them. The only caller of ffmpeg.

ffmpeg reads playlists, and files that name other files and addresses. So it gets one open file, may use no protocol
but that for files, and none of the formats that lead elsewhere.
"""

import json
import shutil
from contextlib import suppress
from dataclasses import dataclass
from math import isfinite
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings

from assets import confining
from assets.confining import NothingToSee
from assets.words import Reason

FORMATS = ",".join(  # demuxers that read what they are given, and nothing else
    (
        *("mov", "matroska", "avi", "mpegts", "mpeg", "mpegvideo", "asf", "flv", "ogg", "h264", "hevc", "m4v"),
        *("mp3", "aac", "flac", "wav", "w64", "aiff", "amr", "caf", "ac3", "eac3", "au", "ape", "wv", "dv", "mxf"),
    )
)
SOURCE = ("-protocol_whitelist", "file", "-format_whitelist", FORMATS, "-i", "file:/dev/fd/0")
ASKED = (
    "format=duration:stream=codec_type,width,height,duration:stream_disposition=attached_pic:stream_side_data=rotation"
)
EDGE = 1024  # pixels of the longer side of a poster
FROM = 1 / 20  # of the video, from where the most telling of some frames is taken
FRAMES = 24
LONGEST = 10**9  # seconds; what says more is wrong
LARGEST = 2**16  # pixels of a side


@dataclass(frozen=True)
class Facts:
    """What a video or a sound says of itself: pixels as it is shown, milliseconds; None where it does not say.

    A cover is a picture of the sound, but not its size.
    """

    width: int | None
    height: int | None
    duration: int | None
    has_picture: bool  # a video, or the cover of a sound


def is_there() -> bool:
    """Say whether ffmpeg is installed here."""
    return bool(shutil.which("ffmpeg") and shutil.which("ffprobe"))


def facts_of(source: IO[bytes]) -> Facts:
    """Return what the file says of itself. Raises NothingToSee."""
    with TemporaryFile(dir=settings.CLOUDBOX_DATA) as told:
        command = (_program("ffprobe"), "-v", "error", "-show_entries", ASKED, "-of", "json", *SOURCE)
        if not confining.run(command, source, told):
            raise NothingToSee(Reason.UNREADABLE)
        return _facts(told.read())


def poster_of(source: IO[bytes], facts: Facts, into: IO[bytes]) -> bool:
    """Write a picture from the first tenth of a video, or the cover of a sound, into a file; say if there was one."""
    start = (facts.duration or 0) / 1000 * FROM if facts.width else 0  # a cover is nowhere in the sound
    return any(_frame(source, at, into) for at in dict.fromkeys((start, 0)))


def _frame(source: IO[bytes], at: float, into: IO[bytes]) -> bool:
    """Write the most telling frame from some second on as a PNG; say if there was one."""
    start = ("-ss", f"{at:.3f}") if at else ()
    edge = f"w='min({EDGE},iw)':h='min({EDGE},ih)':force_original_aspect_ratio=decrease"
    command = (
        *(_program("ffmpeg"), "-nostdin", "-v", "error", "-threads", "1"),
        *("-max_pixels", str(settings.CLOUDBOX_PREVIEW_PIXELS), *start, *SOURCE),
        *("-map", "0:v:0", "-an", "-sn", "-dn", "-filter_threads", "1"),
        *("-vf", f"scale=w='max(1,trunc(iw*sar))':h=ih,setsar=1,scale={edge},thumbnail={FRAMES}"),
        *("-frames:v", "1", "-threads", "1", "-c:v", "png", "-f", "image2pipe", "pipe:1"),
    )
    return confining.run(command, source, into) and bool(into.read(1))


def _program(name: str) -> str:
    """Return where a program is. Raises NothingToSee."""
    found = shutil.which(name)
    if found is None:
        raise NothingToSee(Reason.NO_FFMPEG)
    return found


def _facts(told: bytes) -> Facts:
    """Return what ffprobe has told, as far as it can be true. Raises NothingToSee when that is of no use."""
    with suppress(ValueError, TypeError, AttributeError, RecursionError):
        found = json.loads(told)
        streams = [stream for stream in found["streams"] if stream.get("codec_type") in {"video", "audio"}]
        pictures = [stream for stream in streams if stream["codec_type"] == "video"]
        durations = [_milliseconds(part.get("duration")) for part in (found.get("format", {}), *streams)]
        duration = next((each for each in durations if each is not None), None)
        width, height = _shown(pictures[0]) if pictures else (None, None)
        if streams:
            return Facts(width, height, duration, bool(pictures))
    raise NothingToSee(Reason.UNREADABLE)


def _shown(video: dict[str, Any]) -> tuple[int | None, int | None]:
    """Return width and height as the video is shown, which may be turned. Raises NothingToSee if there are too many."""
    width, height = (_side(video.get(side)) for side in ("width", "height"))
    if width and height and width * height > settings.CLOUDBOX_PREVIEW_PIXELS:
        raise NothingToSee(Reason.TOO_MANY_PIXELS)
    if video.get("disposition", {}).get("attached_pic"):
        return None, None
    turns = [side_data.get("rotation") for side_data in video.get("side_data_list", ())]
    turn = next((turn for turn in turns if isinstance(turn, int)), 0)
    return (height, width) if turn % 180 else (width, height)


def _side(value: Any) -> int | None:
    return value if isinstance(value, int) and 0 < value <= LARGEST else None


def _milliseconds(value: Any) -> int | None:
    """Return what "12.345000" seconds are."""
    with suppress(TypeError, ValueError, OverflowError):
        seconds = float(value)
        if isfinite(seconds) and 0 <= seconds <= LONGEST:
            return round(seconds * 1000)
    return None
