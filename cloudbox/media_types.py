"""Media types: which one a name suggests, and what a browser may do with them. The same on every machine."""

import mimetypes
import re

OPAQUE = "application/octet-stream"
LONGEST = 255  # characters
WELL_FORMED = re.compile(
    r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}/[a-z0-9][a-z0-9!#$&^_.+-]{0,126}([ \t]*;[\x20-\x7e]{1,200})?",
    re.ASCII | re.IGNORECASE,
)
SHOWN = {
    "application/pdf",
    "audio/aac",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "audio/x-wav",
    "image/apng",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/x-icon",
    "text/plain",
    "video/mp4",
    "video/ogg",
    "video/quicktime",
    "video/webm",
}  # nothing that can run a script: no SVG, HTML or XML
_LOADED = "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'"
SANDBOX = f"sandbox; {_LOADED}"
PLAYED = ("audio/", "video/")  # a browser's player may not fetch its own file inside a sandbox
FRAMED = "application/pdf"  # its readers want no sandbox, and a page of ours shows it in a frame
NEWER = {
    ".7z": "application/x-7z-compressed",
    ".avif": "image/avif",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".epub": "application/epub+zip",
    ".flac": "audio/flac",
    ".gz": "application/gzip",
    ".heic": "image/heic",
    ".jsonl": "application/jsonl",
    ".m4a": "audio/mp4",
    ".md": "text/markdown",
    ".mkv": "video/x-matroska",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".ogg": "audio/ogg",
    ".parquet": "application/vnd.apache.parquet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ".webp": "image/webp",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".xz": "application/x-xz",
    ".zst": "application/zstd",
}  # not in Python 3.11's table

_table = mimetypes.MimeTypes(filenames=())  # not the machine's own tables
for _suffix, _type in NEWER.items():
    _table.add_type(_type, _suffix)


def guess(name: str) -> str:
    """Return the media type that a file's name suggests; a compressed file is just compressed."""
    content_type, encoding = _table.guess_type(f"/{name.rsplit('/', 1)[-1]}")
    if encoding:
        return {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}.get(
            encoding, OPAQUE
        )
    return content_type or OPAQUE


def is_media_type(value: str) -> bool:
    """Return whether this can stand in a Content-Type header, and be kept."""
    return len(value) <= LONGEST and WELL_FORMED.fullmatch(value) is not None


def may_be_shown(content_type: str) -> bool:
    """Return whether a browser may show such content from our address instead of saving it."""
    return content_type.split(";", maxsplit=1)[0].strip().lower() in SHOWN


def guards(content_type: str, *, shown: bool) -> dict[str, str]:
    """Return the headers that keep what somebody stored from running here, be it `shown` in a browser or saved."""
    if shown and content_type.split(";", maxsplit=1)[0].strip().lower() == FRAMED:
        policy = f"{_LOADED}; object-src 'self'; frame-ancestors 'self'"
        return {"Content-Security-Policy": policy, "X-Frame-Options": "SAMEORIGIN"}
    return {"Content-Security-Policy": _LOADED if shown and content_type.startswith(PLAYED) else SANDBOX}
