"""What the simulator has on its books, in SQLite: a kill loses nothing that was answered for."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, TypeVar


@dataclass(frozen=True, kw_only=True)
class Charge:
    """A transaction. `requested` is what was asked for, `amount` what is taken, both in minor units."""

    id: int
    reference: str
    access_code: str
    status: str = "abandoned"
    email: str
    requested: int
    amount: int
    fees: int | None = None
    currency: str
    domain: str
    channel: str = "card"
    callback_url: str
    metadata: str  # JSON; "" where none was given
    gateway_response: str = "The transaction was not completed"
    created: float
    paid: float | None = None
    arrives: float | None = None  # when money comes that is on its way


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Money that goes back. `moves` is when it goes on to its next state by itself."""

    id: int
    charge: int
    amount: int
    currency: str
    domain: str
    status: str = "pending"
    customer_note: str
    merchant_note: str
    created: float
    updated: float
    moves: float | None
    dispute: int | None = None  # that has brought it about


@dataclass(frozen=True, kw_only=True)
class Dispute:
    """A payer's bank that wants the money back."""

    id: int
    charge: int
    amount: int
    currency: str
    domain: str
    status: str = "awaiting-merchant-feedback"
    resolution: str | None = None
    created: float
    resolved: float | None = None


@dataclass(frozen=True, kw_only=True)
class Webhook:
    """A webhook. `forgery` is what is wrong with it; "" where nothing is."""

    id: int
    event: str
    reference: str
    body: bytes
    signature: str
    forgery: str = ""
    copy: int = 0  # from 1 on it is one too many
    state: str = "waiting"  # or delivered, failed (after the last try) or dropped
    created: float
    due: float
    newest_first: bool = False  # among those that are due at the same time
    attempts: int = 0
    answer: str = ""  # to the last one


KINDS = (Charge, Refund, Dispute, Webhook)
Kept = TypeVar("Kept", Charge, Refund, Dispute, Webhook)


class Book:
    """The books: in a directory, or without one in memory."""

    def __init__(self, directory: Path | None = None) -> None:
        if directory:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        where = str(directory / "simulator.sqlite3") if directory else ":memory:"
        self._connection = sqlite3.connect(where, check_same_thread=False, isolation_level=None)
        self._lock = threading.RLock()
        self._depth = 0
        self._connection.execute("PRAGMA journal_mode = WAL")
        for kind in KINDS:
            names = ", ".join(field.name for field in fields(kind) if field.name != "id")
            self._connection.execute(f"CREATE TABLE IF NOT EXISTS {kind.__name__} (id INTEGER PRIMARY KEY, {names})")
        self._connection.execute("CREATE UNIQUE INDEX IF NOT EXISTS one_reference ON Charge (reference)")

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Do all of it or nothing, with nobody else at the books."""
        with self._lock:
            if self._depth:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            else:
                self._connection.execute("COMMIT")
            finally:
                self._depth = 0

    def keep(self, thing: Charge | Refund | Dispute | Webhook) -> None:
        """Write down something new, or how it is now."""
        values = asdict(thing)
        places = ", ".join("?" * len(values))
        query = f"INSERT OR REPLACE INTO {type(thing).__name__} ({', '.join(values)}) VALUES ({places})"  # noqa: S608 - our names
        with self._lock:
            self._connection.execute(query, tuple(values.values()))

    def every(self, kind: type[Kept], **same: Any) -> list[Kept]:
        """Return all that are like this, the oldest first."""
        condition = " AND ".join(f"{name} = ?" for name in same) or "true"
        query = f"SELECT * FROM {kind.__name__} WHERE {condition} ORDER BY id"  # noqa: S608 - our names
        with self._lock:
            cursor = self._connection.execute(query, tuple(same.values()))
            names = [column[0] for column in cursor.description]
            return [kind(**dict(zip(names, row, strict=True))) for row in cursor]

    def one(self, kind: type[Kept], **same: Any) -> Kept | None:
        """Return the one that is like this."""
        found = self.every(kind, **same)
        return found[0] if found else None

    def count(self, kind: type[Any], **same: Any) -> int:
        """Return how many are like this."""
        return len(self.every(kind, **same))

    def next_id(self, kind: type[Any], now: float = 0) -> int:
        """Return a new id; with `now` one that is new even where the books were lost, and beyond 32 bits."""
        with self._lock:
            last = self._connection.execute(f"SELECT max(id) FROM {kind.__name__}").fetchone()[0]  # noqa: S608 - our names
        return max(int(now * 1000), (last or 0) + 1)

    def clear(self) -> None:
        """Forget everything."""
        with self.writing():
            for kind in KINDS:
                self._connection.execute(f"DELETE FROM {kind.__name__}")  # noqa: S608 - our names

    def close(self) -> None:
        with self._lock:
            self._connection.close()
