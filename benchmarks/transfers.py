"""Large files: up and down, by one client and by four at once."""

import base64
import hashlib
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from assets.digests import BlockChecksums
from benchmarks.bench import MIB, Bench
from benchmarks.clients import Wire, side_by_side
from benchmarks.outcomes import BY_NGINX, Outcome
from benchmarks.pairs import Comparison, Sample, Side, compare, median_cpu, median_seconds
from benchmarks.servers import CloudBox, Peer

BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
Span = tuple[float, float]  # begin and end, of a clock that all processes share


def uploads(bench: Bench) -> Iterator[Outcome]:
    """PUT of 256 MiB against rclone and Swift, which compute MD5, and nginx, which computes nothing."""
    body = bench.random_file(256)
    md5 = {"Content-MD5": base64.b64encode(_digest(body)).decode()}
    for clients in (1, 4):
        for what, headers, least in (("sha256", {}, 1.5), ("sha256 + md5", md5, 1.5)):
            ours = Side(partial(_upload, bench.cloudbox, body, clients, headers), bench.cloudbox.pid)
            found = compare(ours, Side(partial(_upload_to_peer, bench.rclone, body, clients), bench.rclone.pid), 4)
            title = f"PUT 256 MiB, {_of(clients)}, {what}"
            yield _outcome(title, "rclone serve s3 (md5)", found, 256 * clients, least=least)
            bench.cloudbox.forget_bytes()
    yield _uploads_beside_swift(bench, body, md5)
    yield from _uploads_beside_nginx(bench, body)


def _uploads_beside_swift(bench: Bench, body: Path, md5: dict[str, str]) -> Outcome:
    title, peer = "PUT 256 MiB, 4 clients, sha256 + md5", "Swift (md5)"
    if not bench.swift:
        return Outcome(what=title, peer=peer, found=None)
    ours = Side(partial(_upload, bench.cloudbox, body, 4, md5), bench.cloudbox.pid)
    found = compare(ours, Side(partial(_upload_to_peer, bench.swift, body, 4), bench.swift.pid), 4)
    return _outcome(title, peer, found, 256 * 4, least=1.1)


def _uploads_beside_nginx(bench: Bench, body: Path) -> Iterator[Outcome]:
    title, cost, peer = "PUT 256 MiB, 1 client, sha256", "CPU of PUT 256 MiB, without its hashes", "nginx DAV (no hash)"
    if not bench.nginx:
        yield Outcome(what=title, peer=peer, found=None)
        yield Outcome(what=cost, peer=peer, found=None)
        return
    ours = Side(partial(_upload, bench.cloudbox, body, 1, {}), bench.cloudbox.pid)
    found = compare(ours, Side(partial(_upload_to_peer, bench.nginx, body, 1), bench.nginx.pid), 4)
    yield _outcome(title, peer, found, 256)
    hashes = statistics.median(_hashing(body) for _ in range(5))
    left = [sample.cpu - hashes for sample in found.ours]
    yield Outcome(
        what=cost,
        peer=peer,
        found=statistics.median(cpu / sample.cpu for cpu, sample in zip(left, found.theirs, strict=True)),
        unit="of it",
        most=1.25,
        ours=f"{statistics.median(left) * 4:.2f} s/GiB, and {hashes * 4:.2f} for them",
        theirs=f"{median_cpu(found.theirs) * 4:.2f} s/GiB",
    )
    bench.cloudbox.forget_bytes()


def to_disk(bench: Bench) -> Iterator[Outcome]:
    """PUT of 256 MiB to the disk against the limit: one program that reads, hashes, writes and fsyncs."""
    body, cloudbox = bench.random_file(256), bench.cloudbox_on_disk
    ours = Side(partial(_upload, cloudbox, body, 1, {}), cloudbox.pid)
    found = compare(ours, Side(partial(_write_and_hash, body, bench.disk / "limit")), 4)
    yield _outcome("PUT 256 MiB to disk, 1 client, sha256", "read + sha256 + write + fsync, no network", found, 256)
    cloudbox.forget_bytes()


def downloads(bench: Bench) -> Iterator[Outcome]:
    """GET against nginx's sendfile and against rclone."""
    for mebibytes in (256, 1024):
        body = bench.random_file(mebibytes)
        path = bench.cloudbox.stored(body)
        for clients in (1, 4):
            title = f"GET {mebibytes} MiB, {_of(clients)}"
            ours = Side(partial(_download, bench.cloudbox.wire, path, clients), bench.cloudbox.pid)
            if bench.nginx:
                theirs = _peers_file(bench.nginx, body)
                least = 0.9 if (mebibytes, clients) == (1024, 1) else None
                found = compare(ours, Side(partial(_download, bench.nginx.wire, theirs, clients), bench.nginx.pid))
                yield _outcome(title, "nginx static", found, mebibytes * clients, least=least)
            if mebibytes == 256:
                theirs = _peers_file(bench.rclone, body)
                found = compare(ours, Side(partial(_download, bench.rclone.wire, theirs, clients), bench.rclone.pid))
                least = 5 if clients == 1 else 4
                yield _outcome(title, "rclone serve s3", found, mebibytes * clients, least=least)
                if bench.nginx:
                    yield _by_nginx(title, bench.nginx, bench.rclone, body, clients)
        bench.cloudbox.forget_bytes()


def _by_nginx(title: str, nginx: Peer, rclone: Peer, body: Path, clients: int) -> Outcome:
    """Say how far a server gets here that neither checks what it sends nor copies it."""
    limit, peer = (
        Side(partial(_download, peer.wire, _peers_file(peer, body), clients), peer.pid) for peer in (nginx, rclone)
    )
    return _outcome(title + BY_NGINX, rclone.name, compare(limit, peer), 256 * clients)


def ranges(bench: Bench) -> Iterator[Outcome]:
    """A range of 1 MiB out of 256 MiB."""
    body = bench.random_file(256)
    path, times = bench.cloudbox.stored(body), 100
    title = "GET a range of 1 MiB, 1 client"
    if not bench.nginx:
        yield Outcome(what=title, peer="nginx static", found=None)
        return
    ours = Side(partial(_ranges, bench.cloudbox.wire, path, times), bench.cloudbox.pid)
    theirs = Side(partial(_ranges, bench.nginx.wire, _peers_file(bench.nginx, body), times), bench.nginx.pid)
    yield _outcome(title, "nginx static", compare(ours, theirs), times)
    bench.cloudbox.forget_bytes()


def forms(bench: Bench) -> Iterator[Outcome]:
    """A multipart form of 256 MiB against the raw PUT."""
    body, form, cloudbox = bench.random_file(256), bench.memory / "form", bench.cloudbox
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a file"\r\n\r\n'
    form.write_bytes(head.encode() + body.read_bytes() + f"\r\n--{BOUNDARY}--\r\n".encode())
    found = compare(
        Side(partial(_send_form, cloudbox, form), cloudbox.pid),
        Side(partial(_upload, cloudbox, body, 1, {}), cloudbox.pid),
        4,
    )
    yield _outcome("form of 256 MiB, 1 client, sha256", "own raw PUT", found, 256, least=0.8)
    form.unlink()
    cloudbox.forget_bytes()


def _upload(cloudbox: CloudBox, body: Path, clients: int, headers: dict[str, str]) -> float:
    works = [partial(_put, cloudbox.wire, cloudbox.new_file(), body, headers) for _ in range(clients)]
    seconds = _span(works)
    cloudbox.forget_bytes()
    return seconds


def _upload_to_peer(peer: Peer, body: Path, clients: int) -> float:
    names = [f"{peer.bucket}/up-{number}" for number in range(clients)]
    seconds = _span([partial(_put, peer.wire, name, body, {}) for name in names])
    for name in names:
        peer.wire().read("DELETE", name)
    return seconds


def _put(connect: Callable[[], Wire], path: str, body: Path, headers: dict[str, str]) -> Span:
    wire, began = connect(), time.monotonic()
    wire.put(path, body, "PUT", **headers)
    return began, time.monotonic()


def _download(connect: Callable[[], Wire], path: str, clients: int) -> float:
    return _span([partial(_get, connect, path)] * clients)


def _get(connect: Callable[[], Wire], path: str) -> Span:
    wire, began = connect(), time.monotonic()
    wire.get(path)
    return began, time.monotonic()


def _ranges(connect: Callable[[], Wire], path: str, times: int) -> float:
    wire, began = connect(), time.monotonic()
    for number in range(times):
        start = number * 2 * MIB
        wire.get(path, Range=f"bytes={start}-{start + MIB - 1}")
    return time.monotonic() - began


def _send_form(cloudbox: CloudBox, form: Path) -> float:
    wire, began = cloudbox.wire(), time.monotonic()
    path = "/api/v1/store/files/?on_conflict=rename"
    wire.put(path, form, "POST", Content_Type=f"multipart/form-data; boundary={BOUNDARY}")
    seconds = time.monotonic() - began
    cloudbox.forget_bytes()
    return seconds


def _hashing(body: Path) -> float:
    """Return the seconds of CPU that our two hashes of a file take, in the chunks in which it is received."""
    digest, crcs, seconds = hashlib.sha256(), BlockChecksums(), 0.0
    with body.open("rb") as file:
        while chunk := file.read(MIB):
            began = time.process_time()
            digest.update(chunk)
            crcs.update(chunk)
            seconds += time.process_time() - began
    return seconds


def _span(works: Sequence[Callable[[], Span]]) -> float:
    """Run the works at once and return the seconds from the first begin to the last end."""
    spans: list[Span] = side_by_side(works)
    return max(end for _, end in spans) - min(begin for begin, _ in spans)


def _write_and_hash(source: Path, target: Path) -> float:
    began, digest = time.monotonic(), hashlib.sha256()
    with source.open("rb") as body, target.open("wb", buffering=0) as file:
        while chunk := body.read(MIB):
            digest.update(chunk)
            file.write(chunk)
        os.fsync(file.fileno())
    seconds = time.monotonic() - began
    target.unlink()
    return seconds


def _peers_file(peer: Peer, body: Path) -> str:
    """Give the peer a file, and return its path there."""
    path = f"/bucket/{body.name}"
    if not (peer.place / path[1:]).exists():
        peer.wire().put(path, body)
    return path


def _digest(body: Path) -> bytes:
    with body.open("rb") as file:
        return hashlib.file_digest(file, "md5").digest()


def _of(clients: int) -> str:
    return "1 client" if clients == 1 else f"{clients} clients"


def _outcome(what: str, peer: str, found: Comparison, mebibytes: int, *, least: float | None = None) -> Outcome:
    return Outcome(
        what=what,
        peer=peer,
        found=found.speed,
        least=least,
        ours=_rate(found.ours, mebibytes),
        theirs=_rate(found.theirs, mebibytes),
    )


def _rate(samples: list[Sample], mebibytes: int) -> str:
    rate = f"{mebibytes / median_seconds(samples):.0f} MiB/s"
    cpu = median_cpu(samples)
    return f"{rate}, {cpu * 1024 / mebibytes:.2f} s/GiB" if cpu else rate
