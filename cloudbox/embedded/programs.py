"""The programs that CloudBox is made of, and what each is told."""

import contextlib
import http.client
import multiprocessing
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator

from cloudbox import process
from cloudbox.embedded import postgres, simulator, valkey
from cloudbox.embedded.bootstrap import ROOT
from cloudbox.embedded.instance import Instance
from cloudbox.embedded.places import Places
from cloudbox.embedded.plan import EVERYWHERE, Plan, secret_key
from cloudbox.embedded.supervisor import Program

MOVES = 4  # blobs that are carried to a remote store at a time
CALLS = 8  # of webhooks at a time, each by a thread that waits
PREVIEWS = 2  # of pictures and videos that are made at a time, each by a program of its own
ROOT_WARNING = "You're running the worker with superuser"  # six lines of Celery at each start as root


def services(plan: Plan, where: Places, owner: Instance) -> Iterator[Program]:
    """PostgreSQL and Valkey, unless other ones are named."""
    keep = (owner.shared_lock,)
    if not plan.database_url:
        cluster = postgres.cluster_in(where)
        cluster.check_version()
        if not cluster.exists():
            cluster.make()
        yield Program(
            "postgres",
            lambda: cluster.start(keep_open=keep),
            cluster.is_ready,
            stop=((postgres.STOP, 20), (signal.SIGQUIT, 10)),
        )
    if not plan.redis_url:
        yield Program("valkey", lambda: valkey.start(where, keep_open=keep), lambda _pid: valkey.is_ready(where))


def applications(plan: Plan, where: Places, owner: Instance) -> Iterator[Program]:
    """The web, the worker, those beside it for what may take its time, and the scheduler."""
    environment, commands, keep = variables(plan, where), command_lines(plan), (owner.shared_lock,)

    def starting(name: str) -> Callable[[], process.Child]:
        return lambda: process.start(commands[name], environment=environment, keep_open=keep)

    yield Program("web", starting("web"), lambda _pid: answers(plan), pause=0.3)
    yield Program(
        "worker",
        starting("worker"),
        stop=((signal.SIGTERM, 10), (signal.SIGQUIT, 35)),  # finish the tasks; then give them back to the queue
    )
    if plan.store_is_remote:
        yield Program("mover", starting("mover"), stop=((signal.SIGTERM, 10),))
    if plan.previews:
        yield Program("painter", starting("painter"), stop=((signal.SIGTERM, 10),))
    yield Program("courier", starting("courier"), stop=((signal.SIGTERM, 10),))
    yield Program("beat", starting("beat"))
    if plan.simulator_port:
        told = simulator.environment(environment)
        yield Program("simulator", lambda: process.start(commands["simulator"], environment=told, keep_open=keep))


def command_lines(plan: Plan, patience: int = 5) -> dict[str, list[str]]:
    """Return how each program is started, by its name.

    `patience` is how many seconds requests under way are given when the web is told to stop; it takes no new ones then.
    """
    python = (sys.executable, "-W", f"ignore:{ROOT_WARNING}", "-m")
    pool = "prefork" if _processes_can_share() else "threads"
    quietly = ("--without-mingle", "--without-gossip", "--loglevel", "WARNING")
    worker = (*python, "celery", "-A", "cloudbox", "--quiet", "worker", *quietly)
    return {
        "prepare": [*python, "cloudbox.embedded.prepare"],
        "web": [
            *(*python, "granian", "--interface", "wsgi", "--http", "1", "--no-ws", "--log-level", "error"),
            *("--host", plan.host, "--port", str(plan.port)),
            *("--workers", str(plan.workers), "--blocking-threads", str(plan.threads)),
            *("--respawn-failed-workers", "--workers-kill-timeout", str(patience)),
            "cloudbox.wsgi:application",
        ],
        "worker": [
            *(*worker, "--pool", pool, "--concurrency", str(min(plan.workers, 4))),
            *("--queues", "celery" if plan.store_is_remote else "celery,moves"),
        ],
        "mover": [  # a store that hangs must keep no other task waiting
            *(*worker, "--pool", "threads", "--concurrency", str(MOVES)),
            *("--queues", "moves", "--hostname", "mover@%h"),
        ],
        "painter": [  # a long video must keep no other task waiting
            *(*worker, "--pool", "threads", "--concurrency", str(min(plan.workers, PREVIEWS))),
            *("--queues", "previews", "--hostname", "painter@%h"),
        ],
        "courier": [  # an address that hangs must keep no other task waiting
            *(*worker, "--pool", "threads", "--concurrency", str(CALLS)),
            *("--queues", "webhooks", "--hostname", "courier@%h"),
        ],
        "beat": [*python, "cloudbox.embedded.beat"],
        "simulator": [*python, "payments.simulator", *simulator.flags(plan)],
    }


def house_rules() -> None:
    """Set what all programs inherit: the directory, private files, and as many open files as we may have.

    Each connection and each blob takes one.
    """
    os.chdir(ROOT)
    os.umask(0o077)  # what is stored is nobody else's
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 65536 if hard == resource.RLIM_INFINITY else min(hard, 65536)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def variables(plan: Plan, where: Places) -> dict[str, str]:
    """Return the environment of everything that runs Django."""
    given = dict(plan.environment)
    given.pop("CLOUDBOX_ADMIN_PASSWORD", None)
    if not names_a_key(plan):
        given["SECRET_KEY"] = secret_key(where.data)
    if not plan.url and plan.host not in {"127.0.0.1", *EVERYWHERE}:
        given["CLOUDBOX_URL"] = plan.local_url
    if plan.simulator_port:
        given["CLOUDBOX_SIMULATOR_PORT"] = str(plan.simulator_port)
        given["CLOUDBOX_PAYSTACK_URL"] = f"{plan.local_url.rpartition(':')[0]}:{plan.simulator_port}"
    return given | {
        "DATABASE_URL": plan.database_url or where.database_url,
        "REDIS_URL": plan.redis_url or where.redis_url,
        "CLOUDBOX_DATA": str(where.data),
        "PORT": str(plan.port),
        "WORKERS": str(plan.workers),
        "DJANGO_SETTINGS_MODULE": "cloudbox.settings",
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), given.get("PYTHONPATH")])),
        "PYTHONUNBUFFERED": "1",
    }


def names_a_key(plan: Plan) -> bool:
    """Say whether a setting is the key that signs; else one is kept in the data."""
    return bool(plan.environment.get("SECRET_KEY") or plan.environment.get("JWT_SECRET_KEY"))


def answers(plan: Plan) -> bool:
    """Say whether the web answers that everything is ready."""
    connection = http.client.HTTPConnection(plan.local_host, plan.port, timeout=5)
    headers = {"Host": plan.called} if plan.called else {}
    with contextlib.closing(connection):
        try:
            connection.request("GET", "/readyz", headers=headers)
            return connection.getresponse().status == http.client.OK
        except (OSError, http.client.HTTPException):
            return False


def _processes_can_share() -> bool:
    """Say whether there is shared memory, which Celery's processes need; threads do not."""
    try:
        multiprocessing.Lock()
    except OSError:
        return False
    return True
