"""The simulator of Paystack among the programs of `up`: whether there is one, where, and what it is told."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cloudbox.embedded import ports
from cloudbox.embedded.plan import Plan
from cloudbox.environment import Environment
from cloudbox.paying import PAYSTACK, Paying, paying

WEBHOOK = "/api/v1/payments/webhook"


def is_here(plan: Plan) -> bool:
    """Say whether payments are simulated, by us and not by a simulator elsewhere. Raises WrongSetting."""
    variables = {**plan.environment, "PORT": str(plan.port)}
    is_elsewhere = Environment(variables).text("CLOUDBOX_PAYSTACK_URL", PAYSTACK).rstrip("/") != PAYSTACK
    return not is_elsewhere and paying_by(variables).simulated


def with_simulator(plan: Plan) -> Plan:
    """Return the plan with the port of the simulator, if there is one here. Raises WrongSetting.

    That is the port of the settings or else of the last start, for orders name pages below it; or else the next after
    the web's. A free one where that is taken.
    """
    if not is_here(plan):
        return plan
    wanted = wanted_port(plan.environment) or kept_port(plan.data) or plan.port + 1
    port = ports.free(plan.host, wanted)
    kept = _kept(plan.data)
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    kept.write_text(f"{port}\n", encoding="ascii")
    return replace(plan, simulator_port=port)


def wanted_port(variables: Mapping[str, str]) -> int:
    """Return the port that the settings name; 0 for none. Raises WrongSetting."""
    return Environment(variables).number("CLOUDBOX_SIMULATOR_PORT", "0", least=0, most=65535)


def kept_port(data: Path) -> int:
    """Return the port of the last start on this data; 0 for none."""
    try:
        return int(_kept(data).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0


def flags(plan: Plan) -> list[str]:
    """Return what its command line says."""
    where = ("--host", plan.host, "--port", str(plan.simulator_port), "--directory", str(plan.data / "simulator"))
    called = ("--webhook-host", plan.called) if plan.called else ()
    webhook = Environment(plan.environment).text("CLOUDBOX_SIMULATOR_WEBHOOK", f"{plan.local_url}{WEBHOOK}")
    return [*where, "--webhook", webhook, *called]


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of the simulator, beside programs that have these variables: none of their secrets."""
    found = paying_by(variables)
    kept = {name: value for name, value in variables.items() if name in {"PATH", "PYTHONPATH", "PYTHONUNBUFFERED"}}
    return kept | {"PAYSTACK_SIMULATOR_KEY": found.keys[0], "PAYSTACK_SIMULATOR_CHECKOUT": found.checkout}


def paying_by(variables: Mapping[str, str]) -> Paying:
    """Return how people pay at programs that have these variables, as their settings do. Raises WrongSetting."""
    env = Environment(variables)
    port = env.number("PORT", "8000", least=0, most=65535)
    return paying(
        env,
        production=env.choice("CLOUDBOX_ENV", "development", choices=("development", "production")) == "production",
        own=env.origin("CLOUDBOX_URL", f"http://127.0.0.1:{port}"),
        port=port,
        secret=env.text("SECRET_KEY") or env.text("JWT_SECRET_KEY"),
    )


def _kept(data: Path) -> Path:
    return data / "simulator" / "port"
