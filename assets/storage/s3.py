"""Blobs as objects in a bucket, wherever S3 is spoken. The only module that imports boto3."""

import logging
import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from http import HTTPStatus
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from django.conf import settings
from urllib3.exceptions import HTTPError

from assets.storage.parts import Blocks, Part, parts_of
from assets.storage.protocol import Stored
from assets.storage.s3_codes import FULL, MISSING, NO_UPLOADS, meaning
from cloudbox.errors import StorageFull, StoreUnavailable
from cloudbox.stores import Bucket

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

_making = threading.Lock()
log = logging.getLogger(__name__)

BLOCK = 2**18  # bytes read at a time
TRIES = 5  # at going on with a body that breaks off, without a byte in between
PAUSE = 0.1  # seconds before the first of them, twice as many before the next
QUICK = 3  # seconds that a check waits

_HEADERS = {  # that a link can have answered
    "Content-Disposition": "ResponseContentDisposition",
    "Content-Type": "ResponseContentType",
    "Cache-Control": "ResponseCacheControl",
}
_MD5 = re.compile(r'"?([0-9a-f]{32})"?')  # an ETag that follows from the bytes, unless they are encrypted


class _Sent(NamedTuple):
    """A part that the server has; its size is in bytes."""

    number: int
    etag: str
    size: int


class S3Store:
    """An object per key. boto3's client is thread-safe, so each process has one, made when it is first needed.

    Nothing that the server says of itself reaches an answer or a log but the status and the code of an error.
    """

    remote = True

    def __init__(self, name: str, bucket: Bucket) -> None:
        self.name = name
        self._bucket = bucket
        self._lock = threading.Lock()
        self._clients: dict[bool, S3Client] = {}
        self._deleted: dict[str, bool] = {}  # the keys being written here, and whether they were deleted meanwhile

    def write(self, key: str, chunks: Iterable[bytes], size: int | None = None) -> int:
        with self._watched(key):
            parts = parts_of(chunks, size)
            first = next(parts)
            written = self._put(key, first) if first.is_last else self._put_in_parts(key, chain([first], parts))
            if self._deleted[key]:
                self.delete(key)
                raise FileNotFoundError(key)
        return written

    def read(self, key: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        if stop is not None and start >= stop:
            self.size(key)
            return iter(())
        answer = self._get(key, start, stop)
        return self._blocks(key, start, stop, answer) if answer else iter(())

    def size(self, key: str) -> int:
        return int(self._told(self._head(key), "ContentLength"))

    def place(self, key: str) -> None:  # noqa: ARG002  an object is no file
        return None

    def link(self, key: str, *, seconds: int, headers: Mapping[str, str]) -> str:
        asked = {_HEADERS[name]: value for name, value in headers.items() if name in _HEADERS}
        with self._answering(key):
            return self._client().generate_presigned_url(
                "get_object", Params={**self._at(key), **asked}, ExpiresIn=seconds
            )

    def delete(self, key: str) -> None:
        with self._lock:
            if key in self._deleted:
                self._deleted[key] = True
        for found, upload_id, _ in list(self._uploads(key)):
            if found == key:
                self._abort(key, upload_id)
        with suppress(FileNotFoundError), self._answering(key):
            self._client().delete_object(**self._at(key))

    def stored(self) -> Iterator[Stored]:
        bucket, prefix = self._bucket.name, self._bucket.prefix
        with self._answering():
            pages = self._client().get_paginator("list_objects_v2")
            for page in pages.paginate(Bucket=bucket, Prefix=prefix, Delimiter="/"):
                for found in page.get("Contents", []):
                    yield Stored(found["Key"].removeprefix(prefix), found["Size"], found["LastModified"])
                if page.get("IsTruncated"):
                    self._told(page, "NextContinuationToken")  # boto3 takes a list without it for whole
        for key, _, begun in self._uploads():
            yield Stored(key, 0, begun)

    def make(self) -> None:
        with self._answering():
            try:
                self._client(quick=True).head_bucket(Bucket=self._bucket.name)
            except ClientError as error:
                if _status(error) != HTTPStatus.NOT_FOUND:
                    self._client(quick=True).list_objects_v2(Bucket=self._bucket.name, MaxKeys=1)  # which tells why
                    raise
                self._client().create_bucket(Bucket=self._bucket.name, **_location(self._bucket.region))

    def check(self) -> None:
        self._see_the_bucket(quick=True)

    # Asking

    def _client(self, *, quick: bool = False) -> "S3Client":
        """Return the client of this process; the quick one asks once and does not wait long."""
        with _making:
            if quick not in self._clients:
                self._clients[quick] = _connected(self._bucket, quick=quick)
            return self._clients[quick]

    def _at(self, key: str) -> dict[str, Any]:
        return {"Bucket": self._bucket.name, "Key": self._bucket.prefix + key}

    def _head(self, key: str) -> "HeadObjectOutputTypeDef":
        with self._answering(key):
            return self._client().head_object(**self._at(key))

    def _see_the_bucket(self, *, quick: bool = False) -> None:
        with self._answering():
            self._client(quick=quick).head_bucket(Bucket=self._bucket.name)

    def _uploads(self, key: str = "") -> Iterator[tuple[str, str, datetime]]:
        """Yield the key, the id and the beginning of each unfinished upload whose key begins with `key`."""
        bucket, prefix = self._bucket.name, self._bucket.prefix
        with self._answering():
            pages = self._client().get_paginator("list_multipart_uploads")
            try:
                for page in pages.paginate(Bucket=bucket, Prefix=prefix + key, Delimiter="/"):
                    for found in page.get("Uploads", []):
                        yield found["Key"].removeprefix(prefix), found["UploadId"], found["Initiated"]
            except ClientError as error:
                if _code(error) not in NO_UPLOADS:
                    raise

    @contextmanager
    def _answering(self, key: str = "") -> Iterator[None]:
        """Translate what boto3 raises, without what the server said: FileNotFoundError (of a key) or a refusal."""
        try:
            yield
        except ClientError as error:
            code, status = _code(error), _status(error)
            if key and code in MISSING:
                self._see_the_bucket()  # one that is gone, or another server, must not look like a blob that is
                raise FileNotFoundError(key) from None
            if code in FULL:
                raise StorageFull from None
            said = meaning(code) if code == str(status) else f"{status} {meaning(code)}"
            raise StoreUnavailable(f"The store {self.name} answers {said}.") from None
        except BotoCoreError as error:
            if isinstance(error, NoCredentialsError):
                with _making:
                    self._clients.clear()  # a client keeps what the machine might do when it was made
            kind = meaning(type(error).__name__)
            raise StoreUnavailable(f"The store {self.name} does not answer: {kind}.") from None

    def _told(self, answer: Any, what: str) -> Any:
        """Return what every server that speaks S3 says in this answer."""
        if what not in answer:
            raise StoreUnavailable(f"The store {self.name} answers without {what}, which no S3 server does.")
        return answer[what]

    # Writing

    @contextmanager
    def _watched(self, key: str) -> Iterator[None]:
        """Notice that `key` is deleted in this process while it is written. Another one ends an upload in parts."""
        with self._lock:
            self._deleted[key] = False
        try:
            yield
        finally:
            with self._lock:
                del self._deleted[key]

    def _check_wanted(self, key: str) -> None:
        if self._deleted[key]:
            raise FileNotFoundError(key)

    def _put(self, key: str, body: Part) -> int:
        self._check_wanted(key)
        with self._answering():  # what is new cannot be missing
            answer = self._client().put_object(
                **self._at(key), Body=body.body, ContentMD5=body.content_md5, **self._storage_class()
            )
        self._compare(answer, body)
        return body.size

    def _put_in_parts(self, key: str, parts: Iterable[Part]) -> int:
        with self._answering():
            begun = self._client().create_multipart_upload(**self._at(key), **self._storage_class())
        upload_id = self._told(begun, "UploadId")
        sent: list[_Sent] = []
        try:
            for number, part in enumerate(parts, 1):
                self._check_wanted(key)
                sent.append(self._send(key, upload_id, number, part))
            self._check_wanted(key)
            self._complete(key, upload_id, sent)
        except BaseException:
            with suppress(StoreUnavailable):  # whoever deletes the key tries again
                self._abort(key, upload_id)
            raise
        return sum(part.size for part in sent)

    def _send(self, key: str, upload_id: str, number: int, part: Part) -> _Sent:
        with self._answering(key):
            answer = self._client().upload_part(
                **self._at(key), UploadId=upload_id, PartNumber=number, Body=part.body, ContentMD5=part.content_md5
            )
        self._compare(answer, part)
        return _Sent(number, self._told(answer, "ETag"), part.size)

    def _complete(self, key: str, upload_id: str, sent: list[_Sent]) -> None:
        """Make the object of its parts, and look whether it is there: the answer may be lost, or be wrong."""
        lost: OSError | None = None
        parts: Any = [{"PartNumber": part.number, "ETag": part.etag} for part in sent]
        try:
            with self._answering(key):
                self._client().complete_multipart_upload(
                    **self._at(key), UploadId=upload_id, MultipartUpload={"Parts": parts}
                )
        except (StoreUnavailable, FileNotFoundError) as error:
            lost = error
        try:
            found = self._head(key)
        except FileNotFoundError:
            raise lost or StoreUnavailable(f"The store {self.name} has not kept what was sent.") from None
        if self._told(found, "ContentLength") != sum(part.size for part in sent):
            raise StoreUnavailable(f"The store {self.name} has not kept what was sent.")

    def _abort(self, key: str, upload_id: str) -> None:
        with suppress(FileNotFoundError), self._answering(key):
            self._client().abort_multipart_upload(**self._at(key), UploadId=upload_id)

    def _compare(self, answer: Any, sent: Part) -> None:
        """Compare an ETag that follows from the bytes with what was sent: not every server looks at Content-MD5.

        That of an object made of parts does so too at AWS, but not everywhere.
        """
        found = _MD5.fullmatch(answer.get("ETag", ""))
        encrypted = answer.get("SSECustomerAlgorithm") or "kms" in answer.get("ServerSideEncryption", "")
        if found and found[1] != sent.md5.hex() and not encrypted:
            raise StoreUnavailable(f"The store {self.name} has not kept what was sent.")

    def _storage_class(self) -> dict[str, Any]:
        return {"StorageClass": self._bucket.storage_class} if self._bucket.storage_class else {}

    # Reading

    def _get(self, key: str, start: int, stop: int | None, etag: str = "") -> "GetObjectOutputTypeDef | None":
        """Ask for the bytes from `start` on, of the object with that `etag`; None when it ends before."""
        asked: dict[str, Any] = {"IfMatch": etag} if etag else {}
        if start or stop is not None:
            asked["Range"] = f"bytes={start}-{'' if stop is None else stop - 1}"
        with self._answering(key):
            try:
                answer = self._client().get_object(**self._at(key), **asked)
            except ClientError as error:
                if _status(error) == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                    return None
                raise
        if start and not answer.get("ContentRange", "").startswith(f"bytes {start}-"):
            answer["Body"].close()
            raise StoreUnavailable(f"The store {self.name} does not send the range that it is asked for.")
        return answer

    def _blocks(
        self, key: str, start: int, stop: int | None, answer: "GetObjectOutputTypeDef | None"
    ) -> Iterator[bytes]:
        """Yield the bytes; a body that breaks off is asked for again from where it did."""
        if answer is None:
            return
        at, tries, etag = start, 0, answer.get("ETag", "")
        end = start + self._told(answer, "ContentLength")
        end = end if stop is None else min(end, stop)  # a server may send more than it was asked for
        while at < end:
            if answer is None:
                raise StoreUnavailable(f"The store {self.name} has less than it said.")
            try:
                while at < end and (block := answer["Body"].read(min(BLOCK, end - at))):
                    at, tries = at + len(block), 0
                    yield block
            except (BotoCoreError, HTTPError, OSError) as error:
                log.warning("body_broke_off", extra={"store": self.name, "error": type(error).__name__})
            finally:
                answer["Body"].close()
            if at < end:
                tries += 1
                if tries > TRIES:
                    raise StoreUnavailable(f"The store {self.name} breaks off what it sends.")
                time.sleep(PAUSE * 2**tries)
                answer = self._get(key, at, end, etag)


@cache
def _session() -> boto3.session.Session:
    """Return what makes clients, by one thread at a time; it keeps the description of S3, which takes long to read."""
    return boto3.session.Session()


def _connected(bucket: Bucket, *, quick: bool) -> "S3Client":
    client = _session().client(
        "s3",
        endpoint_url=bucket.endpoint or None,
        region_name=bucket.region,
        aws_access_key_id=bucket.access_key or None,
        aws_secret_access_key=bucket.secret_key or None,
        config=Config(
            signature_version="s3v4",
            **_manners(bucket),
            connect_timeout=QUICK if quick else bucket.connect_timeout,
            read_timeout=QUICK if quick else bucket.read_timeout,
            retries={"mode": "standard", "total_max_attempts": 1 if quick else bucket.attempts},
            max_pool_connections=settings.CLOUDBOX_THREADS,  # more are never open at once, so none is thrown away
            tcp_keepalive=True,
        ),
    )
    client.meta.events.register("before-send.s3", _in_blocks)
    return client


def _in_blocks(request: Any, **_: Any) -> None:
    """Send a body that is in memory in blocks: each has the time that a connection may take to come about."""
    if isinstance(request.body, bytearray):
        request.body = Blocks(request.body)


def _manners(bucket: Bucket) -> dict[str, Any]:
    """Return the options whose values the settings have checked."""
    return {
        "s3": {"addressing_style": _addressing(bucket)},
        "request_checksum_calculation": bucket.checksums,
        "response_checksum_validation": bucket.checksums,
    }


def _addressing(bucket: Bucket) -> str:
    """Return how the bucket is named; boto3's own `auto` signs links for a host of AWS that redirects, in vain."""
    if bucket.addressing != "auto" or bucket.endpoint:
        return bucket.addressing
    return "path" if "." in bucket.name else "virtual"


def _location(region: str) -> dict[str, Any]:
    """Return what CreateBucket wants to be told of a region that is not the first one."""
    if region in {"", "auto", "us-east-1"}:
        return {}
    return {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _status(error: ClientError) -> int:
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
