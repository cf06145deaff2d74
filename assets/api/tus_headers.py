"""What the headers of the tus protocol say (https://tus.io/protocols/resumable-upload, version 1.0.0)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import urlsplit
from uuid import UUID

from cloudbox.digests import digests_in
from cloudbox.errors import BadInput, DigestMismatch, Refusal

VERSION = "1.0.0"
EXTENSIONS = (
    "creation",
    "creation-with-upload",
    "creation-defer-length",
    "termination",
    "expiration",
    "checksum",
    "concatenation",
)
CHECKSUMS = ("sha1", "md5", "sha256", "sha512")  # hashlib's names, which are tus's
BYTES = "application/offset+octet-stream"
LONGEST_METADATA = 8192  # characters
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]+", re.ASCII)  # neither a space nor a comma
_HEX = re.compile(r"[0-9a-f]{64}", re.ASCII | re.IGNORECASE)
_FINAL = "final;"


class UnsupportedTusVersion(Refusal):
    """The request does not say `Tus-Resumable: 1.0.0`. `versions` are those that this server speaks."""

    code = "unsupported_tus_version"
    status = 412
    title = "This server speaks another version of tus."


class ChecksumMismatch(DigestMismatch):
    """The bytes do not have the `Upload-Checksum` that came with them; none of them is kept. `algorithm` names it."""

    code = "checksum_mismatch"
    status: ClassVar[int] = 460
    title = "The bytes do not match their checksum."


@dataclass(frozen=True)
class Metadata:
    """`Upload-Metadata`: as it came, and its pairs, whose values are still base64."""

    text: str
    encoded: Mapping[str, str]

    def get(self, *keys: str) -> str:
        """Return the text of the first of the keys that is there, "" for none. Raises BadInput."""
        for key in keys:
            if self.encoded.get(key):
                return self._decoded(key)
        return ""

    def _decoded(self, key: str) -> str:
        try:
            return _base64(self.encoded[key]).decode()
        except UnicodeDecodeError:
            raise BadInput("Upload-Metadata", f"The value of {key} is not UTF-8.") from None

    @property
    def sha256(self) -> str | None:
        """The SHA-256 of the whole, in hex. Raises BadInput."""
        value = self.get("sha256")
        if value and not _HEX.fullmatch(value):
            raise BadInput("Upload-Metadata", "The value of sha256 is the base64 of 64 hexadecimal digits.")
        return value.lower() or None


def metadata_in(header: str) -> Metadata:
    """Return the pairs of an `Upload-Metadata` header. Raises BadInput that names the key."""
    if len(header) > LONGEST_METADATA:
        raise BadInput("Upload-Metadata", f"It may have {LONGEST_METADATA} characters at most.")
    encoded: dict[str, str] = {}
    for pair in filter(None, (pair.strip() for pair in header.split(","))):
        key, _, value = pair.partition(" ")
        if not _KEY.fullmatch(key):
            raise BadInput("Upload-Metadata", "A key is in ASCII, without spaces and commas.")
        if key in encoded:
            raise BadInput("Upload-Metadata", f"The key {key} is there twice.")
        try:
            _base64(value)
        except binascii.Error:
            raise BadInput("Upload-Metadata", f"The value of {key} is not base64.") from None
        encoded[key] = value
    return Metadata(header, encoded)


def number_in(headers: Mapping[str, str], name: str) -> int | None:
    """Return the number of bytes that a header tells, None without it. Raises BadInput."""
    value = headers.get(name)
    if value is None:
        return None
    if not _NUMBER.fullmatch(value):
        raise BadInput(name, "It must be a whole number of bytes.")
    return int(value)


def length_in(headers: Mapping[str, str]) -> int | None:
    """Return how long an upload that begins is going to be, None if that is told later. Raises BadInput."""
    size, deferred = number_in(headers, "Upload-Length"), headers.get("Upload-Defer-Length")
    if deferred not in {None, "1"}:
        raise BadInput("Upload-Defer-Length", "It is 1, or not there.")
    if (size is None) is (deferred is None):
        raise BadInput("Upload-Length", "Say either Upload-Length or Upload-Defer-Length: 1.")
    return size


def checksum_in(header: str) -> dict[str, bytes]:
    """Return the digest that `Upload-Checksum` declares, by hashlib's name of its algorithm; none without it."""
    if not header:
        return {}
    algorithm, _, value = header.partition(" ")
    if algorithm not in CHECKSUMS:
        raise BadInput("Upload-Checksum", f"The algorithm is one of {', '.join(CHECKSUMS)}.")
    try:
        digest = _base64(value)
    except binascii.Error:
        digest = b""
    size = hashlib.new(algorithm, usedforsecurity=False).digest_size
    if len(digest) != size:
        raise BadInput("Upload-Checksum", f"The {algorithm} must be the base64 of {size} bytes.")
    return {algorithm: digest}


def body_digests(headers: Mapping[str, str], *declaring: str) -> dict[str, bytes]:
    """Return the digests of a body that `declaring` headers and `Upload-Checksum` tell. Raises BadInput."""
    digests = digests_in({name: headers[name] for name in declaring if name in headers}).declared()
    for algorithm, digest in checksum_in(headers.get("Upload-Checksum", "")).items():
        if digests.setdefault(algorithm, digest) != digest:
            raise BadInput("Upload-Checksum", f"The headers declare two different {algorithm} digests.")
    return digests


def whole_digests(headers: Mapping[str, str], metadata: Metadata) -> dict[str, str]:
    """Return the digests of the file that is to come, in hex: `Repr-Digest`, and `sha256` in the metadata."""
    declared = digests_in({"Repr-Digest": headers.get("Repr-Digest", "")}).declared()
    digests = {name: digest.hex() for name, digest in declared.items()}
    if (told := metadata.sha256) and digests.setdefault("sha256", told) != told:
        raise BadInput("Upload-Metadata", "It declares another sha256 than Repr-Digest.")
    return digests


def joined_in(header: str, base: str) -> list[UUID] | None:
    """Return the ids of the partial uploads that `Upload-Concat` names, whose addresses lie below `base`.

    None if it makes nothing of others. Raises BadInput.
    """
    if header in {"", "partial"}:
        return None
    if not header.startswith(_FINAL):
        raise BadInput("Upload-Concat", "It is partial, or final; and the addresses of partial uploads.")
    return [_id_in(address, base.rstrip("/")) for address in header.removeprefix(_FINAL).split()]


def _id_in(address: str, base: str) -> UUID:
    try:
        folder, _, name = urlsplit(address).path.rstrip("/").rpartition("/")
        if folder == base:
            return UUID(name)
    except ValueError:
        pass
    raise BadInput("Upload-Concat", f"An address of a partial upload is {base}/ and its id.")


def _base64(value: str) -> bytes:
    """Return what the text encodes. Raises binascii.Error, also for text that is not ASCII."""
    return base64.b64decode(value.encode(errors="replace"), validate=True)
