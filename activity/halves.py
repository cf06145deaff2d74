"""The two halves of an entry that tell a person, and the salted hashes that stand for them in the chain. Pure."""

import hashlib
import json
import secrets


def new_salt() -> str:
    """Return 128 random bits: without them nobody can guess a short value from its hash."""
    return secrets.token_hex(16)


def canonical(value: object) -> bytes:
    """Return `value` as JSON that is the same every time: sorted keys, no spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def half_hash(salt: str, *fields: object) -> str:
    """Return the SHA-256 of the salt and the fields, in hex."""
    return hashlib.sha256(canonical([salt, *fields])).hexdigest()


def clean(text: str, longest: int) -> str:
    """Return `text` as its column can hold it: without NUL, at most `longest` characters."""
    return text.replace("\0", "")[:longest]
