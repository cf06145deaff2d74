"""A pytest plugin: real S3 servers, and a bucket of its own for each test.

`rclone_s3` keeps objects in a directory; `moto_s3` knows more of the protocol (conditions, links) and
forgets everything when it ends. Both live as long as the run. A test that takes its server down, or
that has to see it die, starts one of its own: `RcloneS3(directory)`.
"""

import http.client
import secrets
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from cloudbox import process, stores
from tests.server import free_port

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

ACCESS_KEY, SECRET_KEY = "cloudbox-tests", "a/secret+with:special@letters"


class S3Server:
    """An S3 server on a port of its own, which keeps that port when it is stopped and started again."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port = free_port()
        self.child: process.Child | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self) -> list[str | Path]:
        raise NotImplementedError

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.child = process.start(self.command(), output=self.directory / "s3.log")
        assert process.wait_until(self.answers, 30), (self.directory / "s3.log").read_text()

    def stop(self) -> None:
        """End it as its operator would."""
        if self.child is not None:
            self.child.signal(signal.SIGTERM)
            assert self.child.ends_within(10)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.child is not None:
            self.child.kill_group()

    def answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/")
            return bool(connection.getresponse().status)
        except OSError:
            return False
        finally:
            connection.close()

    @cached_property
    def client(self) -> "S3Client":
        """A client that looks from outside at what CloudBox has done."""
        return boto3.session.Session().client(
            "s3",
            endpoint_url=self.endpoint,
            region_name="us-east-1",
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1}),
        )

    def make_bucket(self) -> "TestBucket":
        name = f"test-{secrets.token_hex(6)}"
        self.client.create_bucket(Bucket=name)
        return TestBucket(self, name)


class RcloneS3(S3Server):
    """`rclone serve s3`: each bucket is a directory below `objects`.

    It may trust what it knows of a directory for a moment only, for a test writes there, too; and no
    shorter, for at 0 it spends all its time, on every core, finding out that it knows nothing.
    """

    def command(self) -> list[str | Path]:
        objects = self.directory / "objects"
        objects.mkdir(parents=True, exist_ok=True)
        return [
            *(Path(sys.executable).with_name("rclone"), "serve", "s3", "--addr", f"127.0.0.1:{self.port}"),
            *("--auth-key", f"{ACCESS_KEY},{SECRET_KEY}", "--config", "/dev/null"),
            *("--dir-cache-time", "100ms", objects),
        ]


class MotoS3(S3Server):
    """moto's server: everything in memory, and any key is let in."""

    def command(self) -> list[str | Path]:
        self.directory.mkdir(parents=True, exist_ok=True)
        return [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)]


@dataclass(frozen=True)
class TestBucket:
    """A bucket of one test, and how CloudBox is told of it."""

    __test__ = False  # for pytest, which would collect it
    server: S3Server
    name: str

    def place(self, **more: Any) -> stores.Bucket:
        """Return it as an S3 store takes it; `more` are other fields of `cloudbox.stores.Bucket`."""
        told: dict[str, Any] = {
            "access_key": ACCESS_KEY,
            "secret_key": SECRET_KEY,
            "endpoint": self.server.endpoint,
            "connect_timeout": 2,
            "read_timeout": 5,
            "attempts": 2,
        }
        return stores.Bucket(name=self.name, **told | more)

    def url(self, **more: Any) -> str:
        """Return it as CLOUDBOX_STORES has it, for `settings.CLOUDBOX_STORES` and for the environment."""
        return self.place(**more).url

    @property
    def settings(self) -> dict[str, str]:
        """The settings of a `tests.server.Server` whose files go here."""
        return {
            "CLOUDBOX_STORE": "s3",
            "S3_BUCKET_NAME": self.name,
            "S3_ENDPOINT": self.server.endpoint,
            "S3_ACCESS_KEY_ID": ACCESS_KEY,
            "S3_SECRET_ACCESS_KEY": SECRET_KEY,
            "CLOUDBOX_S3_CONNECT_TIMEOUT": "2",
            "CLOUDBOX_S3_READ_TIMEOUT": "5",
            "CLOUDBOX_S3_ATTEMPTS": "2",
        }

    def objects(self) -> dict[str, int]:
        """Return the size of every object by its key."""
        pages = self.server.client.get_paginator("list_objects_v2").paginate(Bucket=self.name)
        return {found["Key"]: found["Size"] for page in pages for found in page.get("Contents", [])}


@pytest.fixture(scope="session")
def rclone_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = RcloneS3(tmp_path_factory.mktemp("rclone"))
    yield from _running(server)


@pytest.fixture(scope="session")
def moto_s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    server = MotoS3(tmp_path_factory.mktemp("moto"))
    yield from _running(server)


@pytest.fixture
def rclone_bucket(rclone_s3: S3Server) -> TestBucket:
    return rclone_s3.make_bucket()


@pytest.fixture
def moto_bucket(moto_s3: S3Server) -> TestBucket:
    return moto_s3.make_bucket()


def _running(server: S3Server) -> Iterator[S3Server]:
    server.start()
    yield server
    server.kill()
