"""Blobs as base64 in JSON, against a FastAPI service that does the data storage service's work."""

import base64
import os
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psycopg

from benchmarks.bench import MIB, Bench
from benchmarks.clients import Wire, side_by_side
from benchmarks.outcomes import Outcome
from benchmarks.pairs import Comparison, Sample, Side, compare, median_cpu, median_seconds
from benchmarks.servers import CloudBox, Peer
from tests.server import free_port

TOKEN = "a-token-of-its-own"
ADDRESS = "/v1/blobs"
_TABLE = """
CREATE TABLE metadata (
    object_id varchar(255) PRIMARY KEY, size bigint NOT NULL, created_at timestamptz NOT NULL, file_path text NOT NULL)
"""
SIZES = ((4096, 8, 100, "4 KiB", 1.5, 1.5), (10 * MIB, 4, 5, "10 MiB", 1.4, 2.5))  # bytes, clients, each, goals


def base64_rows(bench: Bench) -> Iterator[Outcome]:
    """POST and GET: CloudBox with users, gate, quota, SHA-256 and fsync; the peer with one token and none of these."""
    cloudbox = bench.cloudbox
    peer = service_beside(cloudbox, bench.memory / "data-storage-service")
    try:
        yield from _rows(cloudbox, peer)
    finally:
        peer.stop()
        cloudbox.forget_bytes()


def service_beside(cloudbox: CloudBox, place: Path) -> Peer:
    """Start the peer, with as many processes as CloudBox has, and its rows in a database of the same PostgreSQL."""
    place.mkdir()
    cloudbox.server.rows("CREATE DATABASE peer")
    database = cloudbox.server.environment()["DATABASE_URL"].replace("/cloudbox?", "/peer?")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(_TABLE)
    port = free_port()
    settings = [f"PEER_PLACE={place}", f"PEER_TOKEN={TOKEN}", f"PEER_DATABASE={database}"]
    uvicorn = ["-m", "uvicorn", "benchmarks.data_storage_service:app", "--log-level", "error", "--no-access-log"]
    command: list[str | Path] = ["env", *settings, sys.executable, *uvicorn]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", str(os.cpu_count())]
    return Peer("FastAPI", place, port, command, headers={"Authorization": f"Bearer {TOKEN}"})


def _rows(cloudbox: CloudBox, peer: Peer) -> Iterator[Outcome]:
    servers: tuple[CloudBox, Peer] = (cloudbox, peer)
    for size, clients, each, what, least_in, least_out in SIZES:
        data = base64.b64encode(os.urandom(size))
        ours, theirs = (partial(_posts, server, data, clients, each) for server in servers)
        ours()
        cloudbox.server.rows("VACUUM ANALYZE")  # the planner knows nothing of tables that were empty a moment ago
        found = compare(Side(ours, cloudbox.pid), Side(theirs, peer.pid))
        yield _outcome(f"POST of a blob of {what}, {clients} clients", found, clients * each, least_in)
        ours = partial(_gets, cloudbox, _post(cloudbox.wire(), data), clients, each)
        theirs = partial(_gets, peer, _post(peer.wire(), data), clients, each)
        found = compare(Side(ours, cloudbox.pid), Side(theirs, peer.pid))
        yield _outcome(f"GET of a blob of {what}, {clients} clients", found, clients * each, least_out)


def _post(wire: Wire, data: bytes) -> str:
    """Store the text of a blob under a new id, and return the id."""
    blob_id = uuid.uuid4().hex
    wire.read("POST", ADDRESS, b'{"id":"%s","data":"%s"}' % (blob_id.encode(), data), Content_Type="application/json")
    return blob_id


def _posts(server: CloudBox | Peer, data: bytes, clients: int, each: int) -> float:
    return _at_once([partial(_often, server.wire, each, partial(_post, data=data))] * clients)


def _gets(server: CloudBox | Peer, blob_id: str, clients: int, each: int) -> float:
    return _at_once([partial(_often, server.wire, each, partial(_get, path=f"{ADDRESS}/{blob_id}"))] * clients)


def _get(wire: Wire, path: str) -> None:
    wire.get(path)


def _often(connect: Callable[[], Wire], times: int, act: Callable[[Wire], object]) -> None:
    wire = connect()
    for _ in range(times):
        act(wire)


def _at_once(works: list[Callable[[], None]]) -> float:
    began = time.monotonic()
    side_by_side(works)
    return time.monotonic() - began


def _outcome(what: str, found: Comparison, operations: int, least: float) -> Outcome:
    return Outcome(
        what=what,
        peer="FastAPI (no users, no quota, no fsync)",
        found=found.speed,
        least=least,
        ours=_rate(found.ours, operations),
        theirs=_rate(found.theirs, operations),
    )


def _rate(samples: list[Sample], operations: int) -> str:
    cpu = median_cpu(samples) / operations * 1e3
    return f"{operations / median_seconds(samples):.0f}/s, {cpu:.1f} ms CPU"
