"""The flags of `manage.py up` and `run`. Stdlib only: they are read before the environment exists."""

import argparse
from dataclasses import dataclass
from pathlib import Path

PROGRAMS = ("prepare", "web", "worker", "mover", "painter", "courier", "beat", "simulator")


@dataclass(frozen=True)
class Flags:
    """What the command line says; None where it says nothing."""

    host: str
    port: int | None
    data: Path | None
    s3_port: int = 9000
    reload: bool = False


def parse(arguments: list[str]) -> Flags:
    """Read the flags; argparse ends the program with the usage when one is wrong."""
    parser = argparse.ArgumentParser(
        prog="manage.py up",
        description="Start CloudBox with everything it needs, and keep it running until Ctrl-C.",
    )
    _add_places(parser)
    parser.add_argument(
        "--s3-port", type=_port, default=Flags.s3_port, help="the port of S3 (9000), which a later release serves"
    )
    parser.add_argument("--reload", action="store_true", help="restart when a source file changes, for developers")
    return Flags(**vars(parser.parse_args(arguments)))


def parse_run(arguments: list[str]) -> tuple[str, Flags]:
    """Read which program shall run, and its flags."""
    parser = argparse.ArgumentParser(
        prog="manage.py run",
        description="Run one program of CloudBox by itself, with servers of your own: `prepare`, which brings the "
        "database to this version and ends, then `web`, `worker`, `mover`, `painter`, `courier` and one `beat`; "
        "`simulator` stands in for Paystack.",
    )
    parser.add_argument("program", choices=PROGRAMS)
    _add_places(parser)
    given = vars(parser.parse_args(arguments))
    return given.pop("program"), Flags(**given)


def _add_places(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1; 0.0.0.0 is everyone)")
    parser.add_argument(
        "--port", type=_port, help="the port of the web and the API (8000, or PORT; 0 takes a free one)"
    )
    parser.add_argument("--data", type=Path, help="where everything is kept (var; as root /var/lib/cloudbox)")


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:  # noqa: PLR2004 - the highest port
        raise argparse.ArgumentTypeError(f"a port is a whole number up to 65535, not {text!r}")
    return int(text)
