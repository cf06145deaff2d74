"""What a benchmark found, against what was wanted, and how that is written down."""

import datetime as dt
import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudbox import process

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "docs" / "reports"
HEADER = "| what | against | CloudBox | peer | found | wanted | |\n|---|---|---|---|---|---|---|"

BY_NGINX = ", by nginx in its place"  # ends the name of a line that says how far a server gets that checks nothing

# Why a line may miss its goal, by words of it and its peer; what is known from profiles.
REASONS = {
    "PUT 4 KiB, 8 clients, quota and durable row, against Swift": "its rows and what it fsyncs lie in memory here, "
    "ours on the disk: each file costs two commits and rows in six tables.",
    "GET 4 KiB, 8 clients, token and gate, against Swift": "PostgreSQL is asked each time who may read it; Swift "
    "remembers tokens and containers for a minute.",
    "CPU of PUT 256 MiB": "the web server copies each byte twice before Python has it, a tenth of an upload's CPU.",
    "POST of a blob of 4 KiB": "the peer answers before anything is on a disk, and writes one row. Here each "
    "blob costs two commits, two fsyncs and rows in seven tables, as any small file; base64 is a hundredth of it.",
    "GET of a blob of 4 KiB": "the peer compares its one token with a text, and asks for one row by its key; here "
    "PostgreSQL is asked whose token it is, and who may read the file.",
    "PUT 4 KiB": "the peer answers before anything is on a disk and knows no users. Here each file costs two commits, "
    "two fsyncs and rows in six tables with thirty indexes; a third of its CPU is PostgreSQL's, the rest Python's.",
    "GET 4 KiB": "half of its CPU is the way through the framework and the driver, a fifth the gate in PostgreSQL; "
    "the peer is compiled, has no users and asks nobody.",
    "GET 256 MiB": "two fifths of its CPU are the kernel's sending and a fifth its reading; the checksum of each MiB "
    "takes a sixteenth, the web server's copy as much, Python a twelfth.",
    "GET 1024 MiB": "nginx has the kernel send the file, and neither reads nor copies it, which takes a quarter of our "
    "CPU, nor compares it with checksums; `CLOUDBOX_ACCEL` has nginx do so for us.",
    "JSON, p99": "uploads, their hashes and these requests share the cores with the clients that measure them.",
    "list of": "the rest is the query itself and a view of each row.",
    "page of 48": "the query is most of it.",
}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """One line of the report. `found` is a ratio or a number of `unit`; `least` or `most` is what was wanted of it."""

    what: str
    peer: str
    found: float | None  # None when the peer is missing
    unit: str = "x"
    least: float | None = None
    most: float | None = None
    ours: str = ""
    theirs: str = ""

    @property
    def is_met(self) -> bool | None:
        """Return whether the goal was reached; None without a goal, or without a peer."""
        if self.found is None or (self.least is None and self.most is None):
            return None
        return (self.least is None or self.found >= self.least) and (self.most is None or self.found <= self.most)

    def row(self) -> str:
        found = "peer is missing" if self.found is None else f"**{self.found:.2f}** {self.unit}"
        wanted = "" if self.least is None else f">= {self.least:g}"
        wanted += "" if self.most is None else f"<= {self.most:g}"
        verdict = {True: "met", False: "**missed**", None: ""}[self.is_met]
        return f"| {self.what} | {self.peer} | {self.ours} | {self.theirs} | {found} | {wanted} | {verdict} |"


@dataclass(frozen=True)
class Report:
    """A page that a run writes: `file` in docs/reports, by `command`."""

    file: str
    title: str
    command: str
    unmeasured: tuple[str, ...] = ()  # goals that have no line, and why

    def write(self, outcomes: Iterable[Outcome], seconds: float, commit: str) -> None:
        """Write it, of a run that began at `commit`."""
        text = "\n".join(_lines(self, list(outcomes), seconds, commit)) + "\n"
        (REPORTS / self.file).write_text(text, encoding="utf-8")


def _lines(report: Report, outcomes: list[Outcome], seconds: float, commit: str) -> Iterator[str]:
    yield f"# {report.title}\n"
    yield (
        f"Written by `{report.command}`. Each line is a ratio to a peer or to a limit of the machine, measured in one\n"
        "run: pairs in turn, in reversed order each time, the median of the paired ratios. `x` above 1 means that\n"
        "CloudBox is so many times as fast. CPU is that of all processes of a server, with PostgreSQL and Valkey, and\n"
        "is the number that stays when the machine is busy. Bytes lie in memory (tmpfs) unless the line says disk, so\n"
        "that programs are compared and not the disk; the database is always on the disk.\n"
    )
    yield "| | |\n|---|---|"
    yield f"| Date | {dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC |"
    yield f"| Commit | {commit} |"
    yield f"| Machine | {os.cpu_count()} cores, {_processor()}, {_memory()} GiB, {platform.system()} |"
    yield f"| Load | {os.getloadavg()[2]:.1f} in the last 15 minutes |"
    yield f"| Python | {platform.python_version()} |"
    yield f"| Took | {seconds / 60:.0f} minutes |\n"
    yield HEADER
    yield from (outcome.row() for outcome in outcomes)
    missed = [outcome for outcome in outcomes if outcome.is_met is False]
    if missed:
        yield "\n## What was missed, and what holds it back\n"
        yield from (f"- {_reason(outcome, outcomes)}" for outcome in missed)
    if report.unmeasured:
        yield "\n## What is not measured\n"
        yield from (f"- {line}" for line in report.unmeasured)


def _reason(missed: Outcome, outcomes: list[Outcome]) -> str:
    line = f"{missed.what}, against {missed.peer}"
    why = next((why for words, why in REASONS.items() if words in line), "not known yet.")
    limits = [one.found for one in outcomes if (one.what, one.peer) == (missed.what + BY_NGINX, missed.peer)]
    return f"{line}: {why}" + "".join(f" nginx in its place reaches {limit:.2f} x here." for limit in limits)


def commit_here() -> str:
    """Return the commit that is checked out."""
    return process.run(["git", "-C", ROOT, "rev-parse", "--short=12", "HEAD"]).output.strip()


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)
