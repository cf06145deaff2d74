"""The digests that a client declares of its body: Content-Digest and Repr-Digest (RFC 9530), Content-MD5."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from cloudbox.errors import BadInput, DigestMismatch

ALGORITHMS = {"sha-256": ("sha256", 32), "sha-512": ("sha512", 64), "md5": ("md5", 16)}  # RFC 9530: hashlib's, bytes
MEMBER = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):(?:\s*;[^,]*)?\s*(?:,|$)")


@dataclass(frozen=True)
class Digests:
    """What the client says its body hashes to, as bytes. Whoever stores the body checks them all."""

    sha256: bytes | None = None
    sha512: bytes | None = None
    md5: bytes | None = None

    def __bool__(self) -> bool:
        return any(self.declared())

    def declared(self) -> dict[str, bytes]:
        """Return the digests by their names in hashlib."""
        given = {"sha256": self.sha256, "sha512": self.sha512, "md5": self.md5}
        return {name: digest for name, digest in given.items() if digest is not None}


def digests_in(headers: Mapping[str, str]) -> Digests:
    """Return the digests in these headers; algorithms that we do not know are ignored (RFC 9530 section 2).

    Raises BadInput, naming the header, when one is malformed or contradicts another.
    """
    found: dict[str, bytes] = {}
    for header in ("Content-Digest", "Repr-Digest"):
        for algorithm, encoded in _members(header, headers.get(header, "")):
            if algorithm in ALGORITHMS:
                name, length = ALGORITHMS[algorithm]
                _add(found, header, name, _decoded(header, encoded, length))
    if headers.get("Content-MD5"):
        _add(found, "Content-MD5", "md5", _decoded("Content-MD5", headers["Content-MD5"].strip(), 16))
    return Digests(**found)


def verified(chunks: Iterable[bytes], digests: Mapping[str, bytes]) -> Iterator[bytes]:
    """Pass the chunks on, and raise DigestMismatch at their end unless they have these digests (by hashlib's names)."""
    hashers = {name: hashlib.new(name, usedforsecurity=False) for name in digests}
    for chunk in chunks:
        for hasher in hashers.values():
            hasher.update(chunk)
        yield chunk
    for name, hasher in hashers.items():
        if hasher.digest() != digests[name]:
            raise DigestMismatch(algorithm=name)


def _members(header: str, value: str) -> list[tuple[str, str]]:
    """Return (algorithm, base64) of each member of a structured dictionary (RFC 9651) of byte sequences."""
    members, at = [], 0
    while at < len(value):
        match = MEMBER.match(value, at)
        if not match:
            raise BadInput(header, "Write a digest as sha-256=:<base64>:, several separated by commas.")
        members.append((match[1], match[2]))
        at = match.end()
    return members


def _decoded(header: str, encoded: str, length: int) -> bytes:
    try:
        digest = base64.b64decode(encoded, validate=True)
    except ValueError:  # which binascii.Error is, and what comes of letters beyond ASCII
        digest = b""
    if len(digest) != length:
        raise BadInput(header, f"The digest must be the base64 of {length} bytes.")
    return digest


def _add(found: dict[str, bytes], header: str, name: str, digest: bytes) -> None:
    if found.setdefault(name, digest) != digest:
        raise BadInput(header, f"The headers declare two different {name} digests.")
