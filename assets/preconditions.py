"""`If-Match`: a change goes through only if the client saw what is there now (RFC 9110 section 13.1.1). Pure."""

from cloudbox.errors import PreconditionFailed

Tags = tuple[str, ...] | None
"""The entity tags of an `If-Match` header without their quotes, `("*",)` for any, None when there is none."""


def check_tags(tags: Tags, present: str) -> None:
    """Raise PreconditionFailed unless `present` is among `tags`."""
    if tags is not None and "*" not in tags and present not in tags:
        raise PreconditionFailed
