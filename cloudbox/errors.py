"""Refusals: how every service says no.

A refusal has a stable `code`, an HTTP `status`, a sentence for people and `facts` for programs.
Services raise them, doors catch nothing, and each protocol renders the family in one place. This
module imports nothing of ours, so that everyone may.
"""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

type_of_fact = str | int | float | bool | None | list[str] | list[dict[str, str]]


class Refusal(Exception):
    """Base of every refusal. `facts` are JSON values that a program can act on.

    Those that are `private` are told only to the user `whose` they are, if that is somebody's.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 400
    title: ClassVar[str] = "The request was refused."
    private: ClassVar[frozenset[str]] = frozenset()
    whose: UUID | None = None

    def __init__(self, message: str = "", **facts: type_of_fact) -> None:
        self.message = message or self.title
        self.facts = facts
        super().__init__(self.message)


class BadInput(Refusal):
    """A value cannot be used. `field` names it and the message says why."""

    code = "bad_input"
    title = "A value in the request cannot be used."

    def __init__(self, field: str, reason: str, **facts: type_of_fact) -> None:
        self.field = field
        super().__init__(reason, field=field, **facts)


class BadInputs(Refusal):
    """Several values cannot be used. `errors` holds one `{"field", "reason"}` each."""

    code = "bad_input"
    title = "Some values in the request cannot be used."

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(self.title, errors=errors)


class NotAuthenticated(Refusal):
    """Nobody is signed in, or the credentials do not count (any more)."""

    code = "not_authenticated"
    status = 401
    title = "Sign in to do this."


class AccessDenied(Refusal):
    """The caller sees the thing but may not do this with it. `need` is the missing ability."""

    code = "access_denied"
    status = 403
    title = "You are not allowed to do this."


class NotFound(Refusal):
    """There is no such thing, or the caller may not know that there is."""

    code = "not_found"
    status = 404
    title = "There is no such thing."


class Conflict(Refusal):
    """The request does not fit the present state."""

    code = "conflict"
    status = 409
    title = "The request does not fit the present state."


class NameTaken(Conflict):
    """The folder already has something of that name. `name` is the name."""

    code = "name_taken"
    title = "The folder already has something of that name."


class PartMissing(Conflict):
    """A part of an upload is not there, or not as it was chosen. `number` is the part's."""

    code = "part_missing"
    title = "A part of the upload is missing."


class OffsetMismatch(Conflict):
    """The bytes do not go on where the upload ends. `offset` is where that is, in bytes."""

    code = "offset_mismatch"
    title = "The upload does not end there."


class LengthRequired(Refusal):
    """A chunked body must declare its length or a digest: a truncated one would look complete."""

    code = "length_required"
    status = 411
    title = "Say how long the body is, or send its digest."


class PreconditionFailed(Refusal):
    """`If-Match` or another precondition is not true (RFC 9110 section 13)."""

    code = "precondition_failed"
    status = 412
    title = "It was changed in the meantime."


class QuotaExceeded(Refusal):
    """The owner's quota has less room than needed. `needed` and `free` are bytes."""

    code = "quota_exceeded"
    status = 413
    title = "There is not enough room."

    def __init__(self, *, needed: int, free: int) -> None:
        super().__init__(f"{needed} bytes needed, {free} free.", needed=needed, free=free)


class PlanExpired(QuotaExceeded):
    """What the owner paid for has ended, and they store more than they have now: nothing can be added.

    Reading, deleting, sharing and exporting go on, and a new pack lifts it at once. `used` and `limit` are bytes;
    they, and since when it is so (`expired_at`), are told to the owner only.
    """

    code = "plan_expired"
    status = 402
    title = "What was paid for has ended: nothing can be added until there is a new pack."
    private = frozenset({"used", "limit", "expired_at"})

    def __init__(self, *, whose: UUID, needed: int, used: int, limit: int, expired_at: datetime) -> None:
        Refusal.__init__(self, "", needed=needed, free=0, used=used, limit=limit, expired_at=expired_at.isoformat())
        self.whose = whose


class BodyTooLarge(Refusal):
    """The body is over what this call takes. `limit` is in bytes."""

    code = "body_too_large"
    status = 413
    title = "The body is too large."


class UnsupportedMediaType(Refusal):
    """The call does not take bodies of this type."""

    code = "unsupported_media_type"
    status = 415
    title = "This call does not take such a body."


class RangeNotSatisfiable(Refusal):
    """No byte of the file lies in the range asked for. `size` is the file's, in bytes."""

    code = "range_not_satisfiable"
    status = 416
    title = "No byte of the file lies in that range."


class LengthMismatch(Refusal):
    """The body is shorter or longer than announced. `announced` and `received` are bytes."""

    code = "length_mismatch"
    title = "The body is not as long as announced."


class DigestMismatch(Refusal):
    """The body does not have the digest that the client declared. `algorithm` names it."""

    code = "digest_mismatch"
    title = "The body does not match its digest."


class TooManyRequests(Refusal):
    """Try again after `retry_after` seconds. `limit` is how many could come at once, if that is known."""

    code = "too_many_requests"
    status = 429
    title = "Too many requests."


class ContentDamaged(Refusal):
    """Bytes of the file are not what was stored, or are no longer there; `kind` is `altered` or `missing`.

    The server's operator is told. Another try helps once they have been put back, or a line that altered them is quiet
    again; nobody knows when, so there is no `Retry-After`.
    """

    code = "content_damaged"
    status = 503
    title = "The content of the file is damaged."


class Busy(Refusal):
    """Everything is in use just now; try again after `retry_after` seconds."""

    code = "busy"
    status = 503
    title = "Too much is going on just now."


class StoreUnavailable(Refusal, OSError):
    """The store of the bytes does not answer or is failing; try again after `retry_after` seconds.

    The message has the status and the code that the store answered, and nothing else of it.
    """

    code = "store_unavailable"
    status = 503
    title = "The store of the files does not answer just now."

    def __init__(self, message: str = "") -> None:
        super().__init__(message, retry_after=10)


class SpoolFull(Refusal):
    """Too much waits for the store of the files, which may be away; try again after `retry_after` seconds."""

    code = "spool_full"
    status = 503
    title = "Too much waits for the store of the files; it passes once that has taken some."


class StorageFull(Refusal):
    """The server's disk is full: nothing can be stored until its operator makes room."""

    code = "storage_full"
    status = 507
    title = "The server's disk is full."
