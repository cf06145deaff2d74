"""Somebody who uploads by tus, and goes on whatever happens to the server."""

import base64
import time
from dataclasses import dataclass, field

import requests

from tests.visitors import Visitor

VERSION = {"Tus-Resumable": "1.0.0"}
UPLOADS = "/api/v1/uploads/"
BYTES = "application/offset+octet-stream"


@dataclass
class Resuming:
    """One upload of `data` in requests of `chunk` bytes; `fallen` are the offsets below what was acknowledged."""

    visitor: Visitor
    name: str
    data: bytes
    chunk: int
    partial: bool = False
    where: str = ""
    acknowledged: int = 0
    file: str = ""
    statuses: set[int] = field(default_factory=set)
    fallen: list[tuple[int, int]] = field(default_factory=list)

    def begin(self) -> None:
        encoded = base64.b64encode(self.name.encode()).decode()
        headers = {"Upload-Length": str(len(self.data)), "Upload-Metadata": f"filename {encoded}"}
        if self.partial:
            headers["Upload-Concat"] = "partial"
        answer = self.visitor.post(UPLOADS, headers=VERSION | headers)
        assert answer.status_code == 201, answer.text
        self.where = answer.headers["Location"]

    def go_on(self, until: float) -> None:
        """Send what is missing until all is there, or the time (of `time.monotonic`) has come."""
        offset: int | None = None
        while time.monotonic() < until and self.acknowledged < len(self.data):
            answer = self._asked("HEAD", {}) if offset is None else self._sent(offset)
            offset = self._noted(answer) if answer is not None and answer.ok else None
            if offset is None:
                time.sleep(0.1)

    def _sent(self, offset: int) -> requests.Response | None:
        headers = {"Upload-Offset": str(offset), "Content-Type": BYTES}
        return self._asked("PATCH", headers, self.data[offset : offset + self.chunk])

    def _asked(self, method: str, headers: dict[str, str], data: bytes | None = None) -> requests.Response | None:
        try:
            answer = self.visitor.request(method, self.where, headers=VERSION | headers, data=data, timeout=20)
        except (requests.RequestException, OSError):
            return None
        self.statuses.add(answer.status_code)
        return answer

    def _noted(self, answer: requests.Response) -> int:
        offset = int(answer.headers["Upload-Offset"])
        if offset < self.acknowledged:
            self.fallen.append((self.acknowledged, offset))
        self.acknowledged = max(self.acknowledged, offset)
        self.file = answer.headers.get("X-CloudBox-File", self.file)
        return offset
