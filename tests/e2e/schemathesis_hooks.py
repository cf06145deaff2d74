"""What schemathesis does not know by itself: how the bytes of a resumable upload are written."""

from typing import Any

import schemathesis


@schemathesis.serializer("application/offset+octet-stream")
def written(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """Return the bytes of a body, whatever was drawn for it."""
    if isinstance(value, bytes):
        return value
    return bytes(getattr(value, "data", None) or str(value).encode())
