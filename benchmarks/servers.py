"""The servers that are compared: CloudBox as an operator starts it, and its peers."""

import contextlib
import json
import os
import shutil
import sys
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from benchmarks.clients import Wire
from benchmarks.processes import family
from cloudbox import process
from tests.server import Server, free_port

PASSWORD = "nine quiet herons"
MEMORY = Path("/dev/shm")
NEEDED = 6 * 2**30  # bytes of memory for the bytes of a run


class CloudBox:
    """`manage.py up` with one account, whose token `headers` carry."""

    def __init__(self, data: Path, bytes_in: Path) -> None:
        data.mkdir()
        (data / "blobs").symlink_to(bytes_in, target_is_directory=True)
        self._bytes_in = bytes_in
        self.server = Server(
            data,
            data.with_suffix(".log"),
            WORKERS=str(os.cpu_count()),
            CLOUDBOX_DEFAULT_QUOTA="4 TiB",
            CLOUDBOX_ACCESS_MINUTES="60",
        )
        self.server.wait_until_ready()
        self.port, self.pid = self.server.port, self.server.child.pid
        self.headers = self.register("owner")
        self.root = json.loads(Wire(self.port, self.headers).read("GET", "/api/v1/store/folders/"))["id"]

    def register(self, name: str) -> dict[str, str]:
        """Make an account and return the headers that speak for it."""
        wire, words = Wire(self.port, {"Content-Type": "application/json"}), {"username": name, "password": PASSWORD}
        wire.read("POST", "/api/v1/auth/register/", json.dumps(words | {"email": f"{name}@example.com"}).encode())
        answer = json.loads(wire.read("POST", "/api/v1/auth/login/", json.dumps(words).encode()))
        return {"Authorization": f"Bearer {answer['access']}"}

    def wire(self) -> Wire:
        return Wire(self.port, self.headers)

    def new_file(self) -> str:
        """Return the path of a file that is not there yet, in the owner's root."""
        return f"/api/v1/store/folders/{self.root}/files/{uuid.uuid4().hex}"

    def stored(self, body: Path | bytes) -> str:
        """Store a file and return the path of its content."""
        answer = json.loads(self.wire().put(self.new_file(), body))
        return f"/api/v1/store/files/{answer['id']}/content"

    def forget_bytes(self) -> None:
        """Free the memory that uploads took; their rows stay."""
        for file in self._bytes_in.rglob("*"):
            if file.is_file():
                file.unlink(missing_ok=True)

    def stop(self) -> None:
        self.server.stop()


class Peer:
    """Another server, which keeps its files below `place`, and serves those below the path `bucket`.

    `headers` go with every request.
    """

    def __init__(
        self,
        name: str,
        place: Path,
        port: int,
        command: list[str | Path],
        *,
        headers: Mapping[str, str] | None = None,
        bucket: str = "/bucket",
        has_users: bool = False,
    ) -> None:
        self.name, self.place, self.port, self.headers = name, place, port, headers
        self.bucket, self.has_users = bucket, has_users
        self._child = process.start(command, output=place.with_suffix(".log"))
        self.pid = self._child.pid
        if not process.wait_until(self._answers, 20):
            raise RuntimeError(f"{name} does not start: {place.with_suffix('.log').read_text(encoding='utf-8')}")

    def wire(self) -> Wire:
        return Wire(self.port, self.headers)

    def stop(self) -> None:
        for pid in family(self.pid):
            process.kill_group(pid)  # some lead a group of their own
        self._child.kill_group()

    def _answers(self) -> bool:
        with contextlib.suppress(OSError):
            Wire(self.port).close()
            return True
        return False


def rclone_in(place: Path) -> Peer:
    """`rclone serve s3`: S3 without users, which computes the MD5 of what it stores. Buckets are folders."""
    (place / "bucket").mkdir(parents=True)
    port, program = free_port(), Path(sys.executable).with_name("rclone")
    return Peer("rclone serve s3", place, port, [program, "serve", "s3", "--addr", f"127.0.0.1:{port}", place])


def moto_in(place: Path) -> Peer:
    """moto's S3 server, which keeps everything in its memory and believes any signature."""
    place.mkdir()
    port, program = free_port(), Path(sys.executable).with_name("moto_server")
    signature = "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"
    command: list[str | Path] = [program, "-H", "127.0.0.1", "-p", str(port)]
    peer = Peer("moto", place, port, command, headers={"Authorization": signature})
    peer.wire().put("/bucket", b"")
    return peer


def nginx_in(place: Path) -> Peer | None:
    """nginx with static files and WebDAV's PUT: what C does without users or hashes. None when it cannot be had."""
    if not (shutil.which("nginx") or _install_nginx()):
        return None
    for folder in ("bucket", "body"):
        (place / folder).mkdir(parents=True)
    port = free_port()
    place.with_suffix(".conf").write_text(
        f"""
        daemon off; error_log stderr; pid {place}/pid; worker_processes {os.cpu_count()};
        {"user root;" if os.geteuid() == 0 else ""}
        events {{ worker_connections 512; }}
        http {{
            access_log off; sendfile on; keepalive_requests 1000000; client_max_body_size 0;
            client_body_temp_path {place}/body; client_body_buffer_size 1m;
            server {{
                listen 127.0.0.1:{port};
                location / {{ root {place}; dav_methods PUT DELETE; }}
            }}
        }}
        """,
        encoding="utf-8",
    )
    return Peer("nginx", place, port, ["nginx", "-p", place, "-c", place.with_suffix(".conf")])


@contextmanager
def places() -> Iterator[tuple[Path, Path]]:
    """Give a directory on the disk and one in memory, which is on the disk, too, when there is too little of that."""
    with tempfile.TemporaryDirectory(prefix="cloudbox-bench-") as disk:
        roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > NEEDED
        with tempfile.TemporaryDirectory(prefix="cloudbox-bench-", dir=MEMORY if roomy else disk) as memory:
            yield Path(disk), Path(memory)


def _install_nginx() -> bool:
    """Install nginx where we may: Debian as root."""
    if os.geteuid() or not shutil.which("apt-get"):
        return False
    return process.run(["apt-get", "install", "-y", "nginx-light"]).code == 0
