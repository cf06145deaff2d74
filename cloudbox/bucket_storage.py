"""Files that are not user content, in the bucket of an S3 store: pictures, invoices, export archives, static files.

Where the store is not S3, Django keeps them in `media/` of the data directory. In a bucket they lie below
`media/` and `static/`, apart from the blobs. CloudBox itself serves static files from the packages they came with; in
the bucket they are only for whom `manage.py collectstatic` has put them there, such as a content delivery network.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.core.files.storage import FileSystemStorage
from storages.backends.s3 import S3Storage

from cloudbox.errors import StoreUnavailable
from cloudbox.stores import Bucket, bucket_of

if TYPE_CHECKING:
    from django.core.files.base import File

_making = threading.Lock()
_sessions: dict[tuple[str | None, str | None], Any] = {}  # of boto3, by the access key and its secret
SPILLS_AT = 5 * 2**20  # bytes of a file that are read into memory; a larger one goes through a temporary file


class BucketStorage(S3Storage):
    """Files below `folder` in the bucket of the store that CLOUDBOX_STORE names. Nothing is overwritten.

    Raises FileNotFoundError, and StoreUnavailable while the bucket does not answer.
    """

    folder = ""

    def __init__(self, **options: Any) -> None:
        bucket = bucket_of(settings.CLOUDBOX_STORES[settings.CLOUDBOX_STORE])
        super().__init__(**(_options(bucket, self.folder) | options))

    @property
    def connection(self) -> Any:
        """Make what speaks to the bucket. Each thread has one, and they share a session, which is not thread-safe."""
        with _making:
            return super().connection

    def _create_session(self) -> Any:
        """What a session has read of the protocol takes longer, and more memory, than all that is made from it."""
        login = self.access_key, self.secret_key
        if login not in _sessions:
            _sessions[login] = super()._create_session()
        return _sessions[login]

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        with _answering():
            file: File[bytes] = super()._open(name, mode)
            if "r" in mode:
                file.open()  # reads it: an error now is an error, later a broken answer
            return file

    def _save(self, name: str, content: "File[bytes]") -> str:
        with _answering():
            return str(super()._save(name, content))

    def _get_write_parameters(self, name: str, content: "File[bytes] | None" = None) -> dict[str, Any]:
        """Keep an archive as it is: as "encoded", a `.tar.gz` would be unpacked on its way to a client."""
        parameters: dict[str, Any] = super()._get_write_parameters(name, content)
        if parameters.pop("ContentEncoding", None):
            parameters["ContentType"] = "application/octet-stream"
        return parameters

    def delete(self, name: str) -> None:
        with _answering():
            super().delete(name)

    def exists(self, name: str) -> bool:
        with _answering():
            return bool(super().exists(name))

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        with _answering():
            folders, files = super().listdir(path)
            return folders, files

    def size(self, name: str) -> int:
        with _answering():
            return int(super().size(name))

    def get_modified_time(self, name: str) -> datetime:
        with _answering():
            moment: datetime = super().get_modified_time(name)
            return moment


class MediaStorage(BucketStorage):
    """Django's default storage. What was kept on this machine before the store became S3 is still found there."""

    folder = "media"

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        try:
            return super()._open(name, mode)
        except FileNotFoundError:
            return FileSystemStorage().open(name, mode)

    def delete(self, name: str) -> None:
        super().delete(name)
        FileSystemStorage().delete(name)

    def exists(self, name: str) -> bool:
        return super().exists(name) or FileSystemStorage().exists(name)

    def get_modified_time(self, name: str) -> datetime:
        try:
            return super().get_modified_time(name)
        except FileNotFoundError:
            return FileSystemStorage().get_modified_time(name)


class StaticStorage(BucketStorage):
    """What collectstatic writes. Pages go on to name our own address: a bucket is private."""

    folder = "static"

    def url(self, name: str, *_: Any, **__: Any) -> str:
        return StaticFilesStorage().url(name)


def _options(bucket: Bucket, folder: str) -> dict[str, Any]:
    return {
        "bucket_name": bucket.name,
        "location": f"{bucket.prefix}{folder}",
        "access_key": bucket.access_key or None,
        "secret_key": bucket.secret_key or None,
        "endpoint_url": bucket.endpoint or None,
        "region_name": bucket.region,
        "file_overwrite": folder == "static",  # collectstatic runs again and again
        "default_acl": None,
        "max_memory_size": SPILLS_AT,
        "use_threads": True,
        "client_config": Config(
            signature_version="s3v4",
            s3={"addressing_style": bucket.addressing},  # type: ignore[arg-type]  # checked with the settings
            request_checksum_calculation=bucket.checksums,  # type: ignore[arg-type]  # likewise
            response_checksum_validation=bucket.checksums,  # type: ignore[arg-type]  # likewise
            connect_timeout=bucket.connect_timeout,
            read_timeout=bucket.read_timeout,
            retries={"mode": "standard", "total_max_attempts": bucket.attempts},
        ),
    }


@contextmanager
def _answering() -> Iterator[None]:
    """Tell a file that is not there from a bucket that does not answer; nothing else of the error goes on."""
    try:
        yield
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        if status == HTTPStatus.NOT_FOUND and error.response["Error"]["Code"] != "NoSuchBucket":
            raise FileNotFoundError("There is no such file in the bucket.") from None
        raise StoreUnavailable(f"The bucket answered {status}.") from None
    except BotoCoreError as error:
        raise StoreUnavailable(type(error).__name__) from None
