"""What a benchmark found, against what was wanted, and how that is written down."""

import datetime as dt
import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cloudbox import process

ROOT = Path(__file__).resolve().parent.parent
REPORT = ROOT / "docs" / "reports" / "benchmarks.md"
HEADER = "| what | against | CloudBox | peer | found | wanted | |\n|---|---|---|---|---|---|---|"


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


def write_report(outcomes: Iterable[Outcome], seconds: float, commit: str) -> None:
    """Write the report of a run that began at `commit`."""
    REPORT.write_text("\n".join(_lines(list(outcomes), seconds, commit)) + "\n", encoding="utf-8")


def _lines(outcomes: list[Outcome], seconds: float, commit: str) -> Iterator[str]:
    yield "# Benchmarks\n"
    yield (
        "Written by `make bench`. Each line is a ratio to a peer or to a limit of the machine, measured in one run:\n"
        "pairs in turn, in reversed order each time, the median of the paired ratios. `x` above 1 means that CloudBox\n"
        "is so many times as fast. CPU is that of all processes of a server, PostgreSQL and Valkey with it, and is\n"
        "the number that stays when the machine is busy. Bytes lie in memory (tmpfs) unless the line says disk, so\n"
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
