"""`manage.py up`: CloudBox with everything it needs, until it is told to stop."""

import os
import time

from cloudbox import process
from cloudbox.embedded import CannotStart, instance, places
from cloudbox.embedded.bootstrap import ROOT
from cloudbox.embedded.flags import parse
from cloudbox.embedded.instance import Instance
from cloudbox.embedded.logs import Log
from cloudbox.embedded.plan import Plan, make_plan, on_a_free_port
from cloudbox.embedded.programs import applications, command_lines, house_rules, services, variables
from cloudbox.embedded.simulator import paying_by, with_simulator
from cloudbox.embedded.sources import Sources
from cloudbox.embedded.supervisor import Program, Stopped, Supervisor
from cloudbox.environment import WrongSetting

RELOADED = {"web", "worker", "mover", "painter", "courier", "beat", "simulator"}


def main(arguments: list[str]) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; return the exit status. Raises CannotStart."""
    try:
        return _up(make_plan(parse(arguments)))
    except WrongSetting as wrong:
        raise CannotStart(f"CloudBox does not start: {wrong}") from None
    except OSError as error:  # a full disk, a directory that is somebody else's
        raise CannotStart(f"CloudBox cannot go on: {error.strerror or error} ({error.filename}).") from None


def _up(plan: Plan) -> int:
    house_rules()
    if not instance.has_a_record(plan.data):  # else what a killed run left behind may have the port
        plan = on_a_free_port(plan)
    where = places.places_in(plan.data)
    places.make(where)
    owner = instance.take(plan.data)
    log = Log(where.log)
    try:
        plan = with_simulator(on_a_free_port(plan))
        with Supervisor(log, owner) as supervisor:
            serve(plan, where, supervisor, owner, log)
    except Stopped:
        log.say("CloudBox has stopped.")
    except CannotStart as reason:
        log.say(f"CloudBox stops: {str(reason).splitlines()[0]}")
        raise
    finally:
        places.tidy(where)
        owner.release()
        log.close()
    return 0


def serve(plan: Plan, where: places.Places, supervisor: Supervisor, owner: Instance, log: Log) -> None:
    """Start everything in order, say where it is, and keep it running. Raises Stopped or CannotStart."""
    begun = time.monotonic()
    supervisor.start(services(plan, where, owner))
    password = prepared(plan, where, supervisor, owner)
    supervisor.start(applications(plan, where, owner))
    owner.serves(plan.local_url)
    log.say(f"CloudBox is ready after {time.monotonic() - begun:.1f} s; Ctrl-C stops it.")
    announce(plan, where, log, password)
    sources = Sources(ROOT, without=where.data) if plan.reload else None

    def each_second() -> None:
        if sources and sources.changed():
            log.say("Source files have changed; starting again.")
            supervisor.restart(RELOADED)

    supervisor.watch(each_second)


def prepared(plan: Plan, where: places.Places, supervisor: Supervisor, owner: Instance) -> str:
    """Prepare the database, and return the first staff account's password if it was made just now."""
    reading, writing = os.pipe()
    environment = {
        **variables(plan, where),
        "CLOUDBOX_ADMIN_PASSWORD": plan.environment.get("CLOUDBOX_ADMIN_PASSWORD", ""),
    }
    try:
        supervisor.finish(
            Program(
                "prepare",
                lambda: process.start(
                    [*command_lines(plan)["prepare"], str(writing)],
                    environment=environment,
                    keep_open=(owner.shared_lock, writing),
                ),
            )
        )
    finally:
        os.close(writing)
    with os.fdopen(reading) as pipe:
        return pipe.read().strip()


def announce(plan: Plan, where: places.Places, log: Log, password: str) -> None:
    """Print where everything is; the first staff password only here, and only once."""
    url = plan.url or plan.local_url
    for name, address in (("Web", "/"), ("Admin", "/admin/"), ("API", "/api/docs")):
        log.say(f"  {name:<6} {url}{address}")
    log.say(f"  {'S3':<6} answers on port {plan.s3_port} from a later release on")
    log.say(f"  {'Data':<6} {plan.data}")
    if plan.simulator_port:
        log.say(f"  {'Money':<6} is simulated, and none moves: {paying_by(variables(plan, where)).checkout}/")
    if not plan.url and plan.host != plan.local_host:
        log.say("  Others reach it once CLOUDBOX_URL says under which address, such as http://192.168.1.5:8000.")
    if password:
        shown = "the one in CLOUDBOX_ADMIN_PASSWORD" if plan.admin_password_given else password
        log.show(f"\n  The first staff account: admin, its password: {shown}\n")
