"""A process that sends a file in parts through the services, beside a running server and as one of its doors would.

It is told the user's id, a name, the bytes, `parts` or `stream`, and the id of an upload to go on with. It prints a
line of JSON for whatever is acknowledged, for the file, and for the bytes by which it has grown.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

from accounts.models import User
from assets.composites import Chosen
from assets.digests import Expected
from assets.services import parts
from assets.services.content import Body
from assets.services.parts import Ending
from cloudbox import process
from cloudbox.embedded.bootstrap import ROOT
from tests.memory import MIB, watched
from tests.people import caller_for
from tests.server import Server

PART = 16 * MIB  # bytes
PATCH = 80 * MIB  # bytes of a stream that come in one request: more than one piece
BLOCK = bytes(range(256)) * (MIB // 256)


def chunks(start: int, stop: int) -> Iterator[bytes]:
    """Yield what the file has from offset `start` up to `stop`, each MiB different; both are whole MiB."""
    for offset in range(start, stop, MIB):
        yield offset.to_bytes(8, "big") + BLOCK[8:]


def say(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


class Sender:
    """Somebody who sends files in parts."""

    def __init__(self, user_id: str) -> None:
        self._by = caller_for(User.objects.get(pk=user_id))

    def send(self, name: str, size: int, way: str, upload_id: UUID | None = None) -> None:
        if upload_id is None:
            known = size if way == "stream" else None
            upload_id = parts.begin(by=self._by, folder_id=None, name=name, size=known).id
        say(upload=str(upload_id))
        if way == "parts":
            ending = Ending(parts=self._parts(upload_id, size))
        else:
            ending = Ending()
            self._stream(upload_id, size)
        file = parts.finish(by=self._by, upload_id=upload_id, ending=ending).file
        say(file=str(file.id))

    def _parts(self, upload_id: UUID, size: int) -> list[Chosen]:
        chosen = []
        for number, start in enumerate(range(0, size, PART), 1):
            stop = min(start + PART, size)
            body = Body(chunks(start, stop), Expected(stop - start))
            part = parts.put_part(by=self._by, upload_id=upload_id, number=number, body=body, with_md5=True)
            chosen.append(Chosen(number, part.md5))
            say(acknowledged=stop)
        return chosen

    def _stream(self, upload_id: UUID, size: int) -> None:
        offset = parts.progress_of(by=self._by, upload_id=upload_id).offset
        say(offset=offset)
        while offset < size:
            stop = min(offset + PATCH, size)
            body = Body(chunks(offset, stop), Expected(stop - offset))
            offset = parts.append(by=self._by, upload_id=upload_id, offset=offset, body=body)
            say(acknowledged=offset)


def main(user_id: str, name: str, size: str, way: str, *upload_id: str) -> None:
    sender = Sender(user_id)
    if not upload_id:
        sender.send(f"warm {name}", PART + MIB, way)  # so that this process has done it once
    with watched({os.getpid(): "sender"}) as peaks:
        sender.send(name, int(size), way, *map(UUID, upload_id))
    say(grown=peaks.growth()["sender"])


class Sending:
    """The process, as a test sees it."""

    def __init__(self, server: Server, screen: Path, *arguments: object) -> None:
        self._screen = screen
        command = "import sys, django; django.setup(); from tests.faults import in_parts; in_parts.main(*sys.argv[1:])"
        self.child = process.start(
            [sys.executable, "-c", command, *map(str, arguments)],
            environment={
                **server.environment(),
                "DJANGO_SETTINGS_MODULE": "cloudbox.settings",
                "PYTHONPATH": str(ROOT),
            },
            output=screen,
        )

    def said(self, what: str) -> list[Any]:
        """Return all that it has said of `what` so far, in order."""
        lines = [line for line in self._screen.read_text().splitlines() if line.startswith(f'{{"{what}"')]
        return [json.loads(line)[what] for line in lines]

    def ends_well_within(self, seconds: float) -> None:
        assert self.child.ends_within(seconds), self._screen.read_text()
        assert self.child.code() == 0, self._screen.read_text()
