"""`manage.py fsck`: compare rows, bytes, counters and paths, both ways. Exit status 1 at any difference that stays."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from assets.checking import Difference, Finding, check
from assets.management.telling import Telling


class Command(BaseCommand):
    help = "Compare rows, bytes, counters and paths, both ways, while the server works. Exit status 1 at a difference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="mend what can be mended, and note damaged bytes")
        parser.add_argument("--deep", action="store_true", help="also read every stored byte and compare its digest")
        parser.add_argument("--json", action="store_true", help="print one JSON document")

    def handle(self, *_args: Any, **options: Any) -> None:
        found: Counter[Difference] = Counter()
        left: Counter[Difference] = Counter()
        telling = Telling(self.stderr)
        show = partial(self._document, telling) if options["json"] else self._lines
        findings = _counted(check(repair=options["repair"], deep=options["deep"], progress=telling), found, left)
        show(findings, found, left)
        if left.total():
            sys.exit(1)

    def _lines(self, findings: Iterator[Finding], found: Counter[Difference], left: Counter[Difference]) -> None:
        for finding in findings:
            facts = " ".join(f"{name}={_printable(fact)}" for name, fact in finding.facts.items())
            mended = " - repaired" if finding.repaired else ""
            self.stdout.write(f"{finding.kind} {_printable(finding.id)} {facts}{mended}")
        if not found.total():
            self.stdout.write("No differences.")
        else:
            differences = "1 difference" if found.total() == 1 else f"{found.total()} differences"
            self.stdout.write(f"{differences}, {found.total() - left.total()} repaired.")

    def _document(
        self, telling: Telling, findings: Iterator[Finding], found: Counter[Difference], left: Counter[Difference]
    ) -> None:
        """Print the document as it grows: it may be longer than memory."""
        self.stdout.write('{"findings": [')
        separator = " "
        for finding in findings:
            facts = {"kind": finding.kind, "id": finding.id, "repaired": finding.repaired, "facts": finding.facts}
            self.stdout.write(f"{separator}{json.dumps(facts)}")
            separator = ","
        ends = {"checked": telling.told, "found": found, "left": +left, "clean": not left.total()}
        self.stdout.write(f"], {json.dumps(ends)[1:]}")


def _counted(findings: Iterator[Finding], found: Counter[Difference], left: Counter[Difference]) -> Iterator[Finding]:
    for finding in findings:
        found[finding.kind] += 1
        left[finding.kind] += not finding.repaired
        yield finding


def _printable(fact: object) -> str:
    """Return a fact so that a name cannot make the terminal lie."""
    return json.dumps(fact)
