"""`manage.py run prepare | web | worker | mover | painter | courier | beat | simulator`: one program, for containers.

It becomes the program that `up` would start, told the same, so signals reach it and its end is ours.
The servers are those that the settings name.
"""

import os
from dataclasses import replace
from typing import NoReturn

from cloudbox.embedded import CannotStart, places, simulator
from cloudbox.embedded.flags import parse_run
from cloudbox.embedded.plan import Plan, make_plan
from cloudbox.embedded.programs import command_lines, house_rules, names_a_key, variables
from cloudbox.environment import WrongSetting

PATIENCE = 20  # seconds; another web serves meanwhile, and an engine waits longer than that


def main(arguments: list[str]) -> NoReturn:
    """Become the program that was asked for. Raises CannotStart."""
    program, flags = parse_run(arguments)
    try:
        plan = make_plan(flags)
    except WrongSetting as wrong:
        raise CannotStart(f"CloudBox does not start: {wrong}") from None
    house_rules()
    if program == "simulator":
        plan = _with_its_port(plan)
    try:
        environment = _environment(program, plan)
    except OSError as error:
        raise CannotStart(f"{plan.data} cannot be used: {error.strerror}.") from None
    command = command_lines(plan, PATIENCE)[program]
    os.execve(command[0], command, environment)  # noqa: S606 - our own interpreter


def _with_its_port(plan: Plan) -> Plan:
    """Return the plan with the port of the simulator that the others are told, too. Raises CannotStart."""
    try:
        if not simulator.paying_by(plan.environment).simulated:
            raise CannotStart("There is nothing to simulate: billing is off, a key of Paystack is set, or both.")
        return replace(plan, simulator_port=simulator.wanted_port(plan.environment) or plan.port + 1)
    except WrongSetting as wrong:
        raise CannotStart(f"CloudBox does not start: {wrong}") from None


def _environment(program: str, plan: Plan) -> dict[str, str]:
    """Return the program's environment. Raises CannotStart when it would need what only `up` starts or makes."""
    if not (plan.database_url and plan.redis_url):
        raise CannotStart("One program alone needs servers of your own: set DATABASE_URL and REDIS_URL.")
    if program == "prepare":
        plan.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    elif not (names_a_key(plan) or (plan.data / "secret_key").exists()):
        raise CannotStart("There is no SECRET_KEY: set it, or let `manage.py run prepare` make one in the data first.")
    environment = variables(plan, places.places_in(plan.data))
    if program == "prepare":
        environment["CLOUDBOX_ADMIN_PASSWORD"] = plan.environment.get("CLOUDBOX_ADMIN_PASSWORD", "")
    if program == "simulator":
        return simulator.environment(environment)
    return environment
