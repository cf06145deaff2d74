"""What `up` is going to run: the command line, the environment and `.env` put together."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

from cloudbox import environment, stores
from cloudbox.embedded import ports
from cloudbox.embedded.bootstrap import ROOT
from cloudbox.embedded.flags import Flags
from cloudbox.embedded.places import default_data

EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - where such a server is reached


@dataclass(frozen=True)
class Plan:
    """One instance: where it listens, where it keeps things, and what it is told to use."""

    host: str
    port: int
    s3_port: int
    data: Path
    reload: bool
    workers: int  # processes
    threads: int  # of each web process
    database_url: str  # "" means the embedded PostgreSQL
    redis_url: str  # "" means the embedded Valkey
    url: str  # "" means the one that follows from host and port
    store_is_remote: bool  # so that blobs are carried there from the spool
    previews: bool  # whether pictures, videos and sounds are looked at
    admin_password_given: bool
    environment: Mapping[str, str]
    simulator_port: int = 0  # where Paystack is simulated; 0 where that is not done here

    @property
    def local_host(self) -> str:
        """The address under which this machine reaches the server."""
        return EVERYWHERE.get(self.host, self.host)

    @property
    def called(self) -> str:
        """The name that the server must be called by; "" for any."""
        return urlsplit(self.url).netloc

    @property
    def local_url(self) -> str:
        host = f"[{self.local_host}]" if ":" in self.local_host else self.local_host
        return f"http://{host}:{self.port}"


def make_plan(flags: Flags) -> Plan:
    """Put the flags and the settings together. Raises WrongSetting when one cannot be used."""
    variables = environment.variables(ROOT / ".env")
    env = environment.Environment(variables)
    data = flags.data.absolute() if flags.data else data_directory(env)
    known = stores.all_stores(env, data, ROOT)
    port = flags.port if flags.port is not None else env.number("PORT", "8000", least=1, most=65535)
    return Plan(
        host=flags.host,
        port=port,
        s3_port=flags.s3_port,
        data=data,
        reload=flags.reload,
        workers=env.number("WORKERS", "0", least=0, most=1024) or _cores(),
        threads=env.number("CLOUDBOX_THREADS", "128", least=4, most=1024),
        database_url=env.text("DATABASE_URL") or environment.database_url(env),
        redis_url=env.text("REDIS_URL"),
        url=env.text("CLOUDBOX_URL"),
        store_is_remote=stores.kind_of(known[stores.chosen_store(env, known)]) == "s3",
        previews=env.flag("CLOUDBOX_PREVIEWS", "true"),
        admin_password_given=bool(env.text("CLOUDBOX_ADMIN_PASSWORD")),
        environment=variables,
    )


def on_a_free_port(plan: Plan) -> Plan:
    """Return the plan with a port that can be listened on, any for 0. Raises CannotStart."""
    return replace(plan, port=ports.checked(plan.host, plan.port))


def data_directory(env: environment.Environment) -> Path:
    """Return CLOUDBOX_DATA, or where things are kept when nobody says anything."""
    return env.path("CLOUDBOX_DATA", str(default_data(ROOT)), base=ROOT)


def secret_key(data: Path) -> str:
    """Return the key of this installation, made at the first start; only its owner can read it."""
    path = data / "secret_key"
    if path.exists() and (key := path.read_text(encoding="ascii").strip()):
        return key
    key = secrets.token_urlsafe(64)
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(key)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    return key


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
