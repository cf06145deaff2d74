"""Which stores there are: each has a name and a URL that begins with its kind.

`local:///path` is a directory, `database:` is PostgreSQL, and
`s3://KEY:SECRET@bucket/prefix?endpoint=https://…&region=…` is a bucket; what is special in a URL is
percent-encoded there. The kinds' own names are always known, `s3` once a setting names its bucket.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

from cloudbox.environment import Environment, WrongSetting

SPOOL = "spool"  # the name of the local store where bytes wait for a remote one
KINDS = ("local", "s3", "database")
ADDRESSING = ("path", "virtual", "auto")
CHECKSUMS = ("when_required", "when_supported")
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
BUCKET = re.compile(r"[A-Za-z0-9._-]{3,255}")
HOST = re.compile(r"(?:(?!-)[a-z0-9-]{1,63}(?<!-)\.)*(?!-)[a-z0-9-]{1,63}(?<!-)\.?")


@dataclass(frozen=True, kw_only=True)
class Bucket:
    """Where the blobs of an S3 store lie, and how to speak to it. Times are in seconds."""

    name: str
    prefix: str = ""  # of every key; ends in a slash unless it is empty
    access_key: str = field(default="", repr=False)  # without one, what the machine itself may do counts
    secret_key: str = field(default="", repr=False)
    endpoint: str = ""  # "" means AWS
    region: str = "us-east-1"
    addressing: str = "path"
    checksums: str = "when_required"
    storage_class: str = ""
    connect_timeout: int = 5
    read_timeout: int = 30
    attempts: int = 4  # at one request

    @property
    def url(self) -> str:
        login = ":".join(quote(part, safe="") for part in (self.access_key, self.secret_key) if part)
        told = {name: str(getattr(self, name)) for name in _CHECKS if getattr(self, name) != ""}
        return f"s3://{login}{'@' if login else ''}{self.name}/{quote(self.prefix)}?{urlencode(told)}"


def all_stores(env: Environment, data: Path, base: Path, spool: Path | None = None) -> dict[str, str]:
    """Return the URL of every store but the spool by its name. Raises WrongSetting."""
    blobs = env.text("LOCAL_STORAGE_PATH")
    local = base / Path(blobs).expanduser() if blobs else data / "blobs"
    known = {"local": url_of(local), "database": "database:"}
    bucket = _bucket_by_settings(env)
    if bucket:
        known["s3"] = bucket.url
    given = env.text("CLOUDBOX_STORES", secret=True)
    named = dict(_named(given))
    if bucket and "s3" in named:
        raise WrongSetting("CLOUDBOX_STORES must not name s3 when S3_BUCKET_NAME does.")
    _check_apart({**known, **named} | ({SPOOL: url_of(spool)} if spool else {}))
    return {**known, **named}


def chosen_store(env: Environment, stores: Mapping[str, str]) -> str:
    """Return the name of the store that new files go to. Raises WrongSetting."""
    ancestor = env.text("ACTIVE_STORAGE")
    name = env.text("CLOUDBOX_STORE", ancestor or "local")
    setting = "CLOUDBOX_STORE" if env.known["CLOUDBOX_STORE"].given else "ACTIVE_STORAGE"
    if name == "s3" and name not in stores:
        raise WrongSetting(f"{setting} is s3, so S3_BUCKET_NAME must name a bucket.")
    if name not in stores:
        raise WrongSetting(f"{setting} must be {' or '.join(stores)}, not {name!r}.")
    return name


def django_storages(url: str) -> dict[str, dict[str, str]]:
    """Return Django's STORAGES, for what is not user content: in the bucket at `url`, or on this machine's disk."""
    if kind_of(url) == "s3":
        default, static = "cloudbox.bucket_storage.MediaStorage", "cloudbox.bucket_storage.StaticStorage"
    else:
        default = "django.core.files.storage.FileSystemStorage"
        static = "django.contrib.staticfiles.storage.StaticFilesStorage"
    return {"default": {"BACKEND": default}, "staticfiles": {"BACKEND": static}}


def kind_of(url: str) -> str:
    return url.partition(":")[0]


def url_of(directory: Path) -> str:
    return f"local://{quote(str(directory))}"


def directory_of(url: str) -> Path:
    """Return the directory of a local store. Raises ValueError, as `bucket_of` does, with what it must be."""
    parts = _split(url)
    if parts.netloc or not parts.path.startswith("/"):
        raise ValueError("local:///an/absolute/path")
    return Path(unquote(parts.path))


def bucket_of(url: str) -> Bucket:
    """Return what the URL of an S3 store says. Raises ValueError with what it must be, which tells no secret."""
    parts = _split(url)
    login, _, name = parts.netloc.rpartition("@")
    access_key, _, secret_key = login.partition(":")
    if not BUCKET.fullmatch(name):
        raise ValueError("s3://KEY:SECRET@bucket/prefix, where what is special in the secret is percent-encoded")
    if bool(access_key) != bool(secret_key):
        raise ValueError("given both an access key and a secret key, or neither")
    prefix = unquote(parts.path).strip("/")
    return Bucket(
        name=name,
        prefix=f"{prefix}/" if prefix else "",
        access_key=unquote(access_key),
        secret_key=unquote(secret_key),
        **_options(parts.query),
    )


def _bucket_by_settings(env: Environment) -> Bucket | None:
    """Return the bucket that the settings S3_… name, those of two ancestors included."""
    bucket = Bucket(
        name=env.text("S3_BUCKET_NAME"),
        prefix=env.text("CLOUDBOX_S3_PREFIX"),
        access_key=env.text("S3_ACCESS_KEY_ID", env.text("S3_ACCESS_KEY", secret=True), secret=True),
        secret_key=env.text("S3_SECRET_ACCESS_KEY", env.text("S3_SECRET_KEY", secret=True), secret=True),
        endpoint=env.text("S3_ENDPOINT"),
        region=env.text("S3_REGION_NAME", env.text("S3_REGION", "us-east-1")),
        addressing=env.choice("CLOUDBOX_S3_ADDRESSING", "path", choices=ADDRESSING),
        checksums=env.choice("CLOUDBOX_S3_CHECKSUMS", "when_required", choices=CHECKSUMS),
        storage_class=env.text("CLOUDBOX_S3_STORAGE_CLASS"),
        connect_timeout=env.number("CLOUDBOX_S3_CONNECT_TIMEOUT", "5", least=1, most=600),
        read_timeout=env.number("CLOUDBOX_S3_READ_TIMEOUT", "30", least=1, most=600),
        attempts=env.number("CLOUDBOX_S3_ATTEMPTS", "4", least=1, most=20),
    )
    if not bucket.name:
        return None
    if not BUCKET.fullmatch(bucket.name):
        raise WrongSetting(f"S3_BUCKET_NAME must be the name of a bucket, not {bucket.name!r}.")
    if bool(bucket.access_key) != bool(bucket.secret_key):
        raise WrongSetting("S3_ACCESS_KEY_ID and S3_SECRET_ACCESS_KEY must be set both or not at all.")
    if bucket.endpoint and not _is_address(bucket.endpoint):
        raise WrongSetting(f"S3_ENDPOINT must be {_ENDPOINT}.")  # who writes a secret into it is not shown it
    return bucket


def _named(given: str) -> Iterator[tuple[str, str]]:
    """Yield the stores that CLOUDBOX_STORES names. What it must be is told, but not what it is: it has secrets."""
    seen = set()
    for item in (item.strip() for item in given.split(",") if item.strip()):
        name, _, url = item.partition("=")
        kind = kind_of(url)
        if not NAME.fullmatch(name) or kind not in KINDS:
            raise WrongSetting("CLOUDBOX_STORES must be names and URLs such as cold=s3://KEY:SECRET@bucket, by commas.")
        if name in seen or name == SPOOL or (name in KINDS and name != kind):
            raise WrongSetting(f"CLOUDBOX_STORES must not name {name}: that is taken.")
        seen.add(name)
        try:
            _PARSERS[kind](url)
        except ValueError as error:
            raise WrongSetting(f"CLOUDBOX_STORES: the URL of {name} must be {error}.") from None
        yield name, url


def _check_apart(stores: Mapping[str, str]) -> None:
    """Refuse two names for one place: what one of them holds would look forgotten to the other."""
    names: dict[object, str] = {}
    for name, url in stores.items():
        place = _place(name, url)
        if place in names:
            raise WrongSetting(f"The stores {names[place]} and {name} must not be one and the same place.")
        names[place] = name


def _place(name: str, url: str) -> object:
    """Return what is the same for two stores that would take each other's bytes for their own."""
    if kind_of(url) == "local":
        return directory_of(url).resolve()
    if kind_of(url) == "s3":
        bucket = bucket_of(url)
        there = urlsplit(bucket.endpoint)
        port = there.port or (443 if there.scheme == "https" else 80)
        return there.hostname, port, there.path.rstrip("/"), bucket.name, bucket.prefix
    return name


def _options(query: str) -> dict[str, Any]:
    """Return the options in the query of an S3 URL, as fields of a Bucket. Raises ValueError."""
    try:
        given = dict(parse_qsl(query, keep_blank_values=True, strict_parsing=True)) if query else {}
    except ValueError:
        raise ValueError("followed by options such as ?endpoint=https://s3.example.org&region=eu-1") from None
    for name, value in given.items():
        if name not in _CHECKS:
            raise ValueError(f"followed by {', '.join(_CHECKS)} only")
        must_be, is_right = _CHECKS[name]
        if not is_right(value):
            raise ValueError(f"followed by {name}=, {must_be}")
    numbers = {option.name for option in fields(Bucket) if option.type is int}
    return {name: int(value) if name in numbers else value for name, value in given.items()}


def _database(url: str) -> None:
    if url != "database:":
        raise ValueError("database: and nothing else")


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # whose message shows the password
        return SplitResult("", "", "", "", "")


def _is_address(value: str) -> bool:
    """Say whether it is one that boto3 can ask: it raises ValueError for a host with an underscore, among others."""
    parts = _split(value)
    try:
        host, has_port = parts.hostname or "", parts.port != 0
    except ValueError:  # a port that is none
        return False
    well_formed = parts.scheme in {"http", "https"} and has_port and (":" in host or HOST.fullmatch(host))
    return bool(well_formed) and "@" not in parts.netloc and not parts.query and not parts.fragment


def _is_seconds(value: str) -> bool:
    return re.fullmatch(r"[1-9]\d{0,2}", value, re.ASCII) is not None


_ENDPOINT = "an address such as https://s3.example.org, of letters, digits, hyphens and dots"
_PARSERS: dict[str, Callable[[str], object]] = {"local": directory_of, "s3": bucket_of, "database": _database}
_CHECKS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "endpoint": (_ENDPOINT, _is_address),
    "region": ("such as eu-central-1", bool),
    "addressing": (" or ".join(ADDRESSING), lambda value: value in ADDRESSING),
    "checksums": (" or ".join(CHECKSUMS), lambda value: value in CHECKSUMS),
    "storage_class": ("such as STANDARD_IA", bool),
    "connect_timeout": ("seconds from 1 to 999", _is_seconds),
    "read_timeout": ("seconds from 1 to 999", _is_seconds),
    "attempts": ("a number from 1 to 999", _is_seconds),
}
