"""`manage.py move_blobs --from local --to s3`: move a whole installation to another store while it serves."""

import signal
from argparse import ArgumentParser, ArgumentTypeError
from contextlib import closing
from time import monotonic
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from assets import relocating, storage
from assets.relocating import Progress, Relocation, Scope
from cloudbox.environment import bytes_of
from cloudbox.sizes import as_text

LINE_EVERY = 10  # seconds, where nobody sits at a terminal
INTERRUPTED = 130  # the exit status of whoever was told to stop


class Command(BaseCommand):
    help = (
        "Move the bytes of all blobs from one store to another, while everything serves. Each is read back and "
        "compared before its old bytes are let go of, which stay for a day. It can be stopped and begun again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="source", required=True, help="a store's name, or `all`")
        parser.add_argument("--to", required=True, help="a store's name")
        parser.add_argument("--rate", type=_rate, help="bytes of blobs a second at most, such as 20MiB")
        parser.add_argument("--limit", type=_count, help="blobs at most")
        parser.add_argument("--dry-run", action="store_true", help="only say what would be moved")

    def handle(self, *, source: str, to: str, **options: Any) -> None:
        _check(source, to)
        scope = relocating.scope(source, to)
        what = f"{scope.blobs} blobs, {as_text(scope.bytes)}, from {_named(source)} to {to}"
        if options["dry_run"]:
            self.stdout.write(f"It would move {what}.")
            return
        if to != settings.CLOUDBOX_STORE:
            self.stdout.write(f"New files go to {settings.CLOUDBOX_STORE}, not to {to}, until CLOUDBOX_STORE says so.")
        self.stdout.write(f"Moving {what}.")
        relocation = Relocation(scope, rate=options["rate"], limit=options["limit"])
        last = self._run(relocation, scope)
        for failure in relocation.not_moved:
            self.stderr.write(f"{failure.blob_id}: {failure.why}")
        self.stdout.write(f"{last.blobs} moved, {as_text(last.bytes)}.")
        if relocation.not_moved:
            raise CommandError(f"{len(relocation.not_moved)} could not be moved; they are where they were.")

    def _run(self, relocation: Relocation, scope: Scope) -> Progress:
        """Run it to its end, telling how far it is; stop it on Ctrl-C and SIGTERM."""
        last, told_at = Progress(0, 0, 0, 0, ""), monotonic()
        in_place = self.stdout.isatty()
        before = signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            with closing(relocation.run()) as running:
                for last in running:
                    if in_place:
                        self.stdout.write(f"\r\033[K{_line(last, scope)}", ending="")
                        self.stdout.flush()
                    elif monotonic() - told_at >= LINE_EVERY:
                        told_at = monotonic()
                        self.stdout.write(_line(last, scope))
        except KeyboardInterrupt:
            raise CommandError(
                f"Stopped after {last.blobs} blobs; the same command goes on.", returncode=INTERRUPTED
            ) from None
        except OperationalError:
            raise CommandError("The database does not answer; the same command goes on.") from None
        finally:
            signal.signal(signal.SIGTERM, before)
            if in_place:
                self.stdout.write("")
        return last


def _check(source: str, to: str) -> None:
    """Refuse what cannot be meant, and a store that takes nothing."""
    known = relocating.stores_known()
    for name, others in ((source, ["all", storage.SPOOL]), (to, [])):
        if name not in [*known, *others]:
            raise CommandError(f"No store is called {name!r}; there are {', '.join(known)}.")
    if source == to:
        raise CommandError("--from and --to are the same store.")
    try:
        storage.store_named(to).check()
    except OSError as error:
        raise CommandError(f"The store {to} takes nothing just now: {error.strerror or error}") from None


def _rate(text: str) -> int:
    try:
        return bytes_of(text, relocating.SLOWEST)
    except ValueError:
        raise ArgumentTypeError(f"a size of at least 64 KiB such as 20MiB, not {text!r}") from None


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError(f"a number of at least 1, not {text!r}")
    return int(text)


def _line(progress: Progress, scope: Scope) -> str:
    share = progress.bytes / scope.bytes if scope.bytes else progress.blobs / max(scope.blobs, 1)
    words = [
        f"{progress.blobs} of {scope.blobs} blobs",
        f"{as_text(progress.bytes)} of {as_text(scope.bytes)} ({share:.0%})",
    ]
    if progress.waiting_for:
        words.append(f"waiting for {progress.waiting_for}, which does not answer")
    elif share > 0:
        words.append(f"{_duration(progress.seconds * (1 - share) / share)} left")
    if progress.failed:
        words.append(f"{progress.failed} failed")
    return ", ".join(words)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(max(seconds, 0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min" if minutes else f"{rest} s"


def _named(source: str) -> str:
    return "all others" if source == "all" else source
