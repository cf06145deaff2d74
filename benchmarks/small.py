"""Small files by eight clients at once: what a request costs."""

import time
from collections.abc import Callable, Iterator
from functools import partial

from benchmarks.bench import Bench
from benchmarks.clients import Wire, side_by_side
from benchmarks.outcomes import Outcome
from benchmarks.pairs import Comparison, Sample, Side, compare, median_cpu, median_seconds
from benchmarks.servers import CloudBox, Peer

CLIENTS = 8
PUTS, GETS = 100, 300  # of each client
BODY = b"x" * 4096
PUT, GET = "PUT 4 KiB, 8 clients, quota and durable row", "GET 4 KiB, 8 clients, token and gate"


def small_files(bench: Bench) -> Iterator[Outcome]:
    """PUT and GET of 4 KiB: CloudBox with users, gate, quota, sha256 and rows; most peers with no more than an MD5."""
    cloudbox = bench.cloudbox
    for _ in range(2):
        _puts(cloudbox)
    cloudbox.server.rows("VACUUM ANALYZE")  # the planner knows nothing of tables that were empty a moment ago
    path, own = cloudbox.stored(BODY), Side(partial(_puts, cloudbox), cloudbox.pid)
    goals: list[tuple[Peer | None, float | None]] = [(bench.rclone, 1), (bench.moto, 4), (bench.swift, 6)]
    for peer, least in goals:
        if not peer:
            yield Outcome(what=PUT, peer="Swift", found=None)
            continue
        puts = compare(own, Side(partial(_puts_to_peer, peer), peer.pid))
        yield _outcome(PUT, peer, puts, PUTS, least)
    own = Side(partial(_gets, cloudbox.wire, path), cloudbox.pid)
    goals = [(bench.rclone, 0.7), (bench.moto, None), (bench.swift, 6)]
    for peer, least in goals:
        if not peer:
            yield Outcome(what=GET, peer="Swift", found=None)
            continue
        peer.wire().put(f"{peer.bucket}/small", BODY)
        gets = compare(own, Side(partial(_gets, peer.wire, f"{peer.bucket}/small"), peer.pid))
        yield _outcome(GET, peer, gets, GETS, least)
    cloudbox.forget_bytes()


def _puts(cloudbox: CloudBox) -> float:
    names = [[cloudbox.new_file() for _ in range(PUTS)] for _ in range(CLIENTS)]
    return _at_once([partial(_put_each, cloudbox.wire, own) for own in names])


def _puts_to_peer(peer: Peer) -> float:
    names = [[f"{peer.bucket}/{client}-{number}" for number in range(PUTS)] for client in range(CLIENTS)]
    return _at_once([partial(_put_each, peer.wire, own) for own in names])


def _put_each(connect: Callable[[], Wire], paths: list[str]) -> None:
    wire = connect()
    for path in paths:
        wire.put(path, BODY)


def _gets(connect: Callable[[], Wire], path: str) -> float:
    return _at_once([partial(_get_often, connect, path)] * CLIENTS)


def _get_often(connect: Callable[[], Wire], path: str) -> None:
    wire = connect()
    for _ in range(GETS):
        wire.get(path)


def _at_once(works: list[Callable[[], None]]) -> float:
    began = time.monotonic()
    side_by_side(works)
    return time.monotonic() - began


def _outcome(what: str, peer: Peer, found: Comparison, each: int, least: float | None) -> Outcome:
    return Outcome(
        what=what,
        peer=peer.name if peer.has_users else f"{peer.name} (no users, no rows)",
        found=found.speed,
        least=least,
        ours=_rate(found.ours, each * CLIENTS),
        theirs=_rate(found.theirs, each * CLIENTS),
    )


def _rate(samples: list[Sample], operations: int) -> str:
    cpu = median_cpu(samples) / operations * 1e6
    return f"{operations / median_seconds(samples):.0f}/s, {cpu:.0f} us CPU"
