"""`manage.py up`: CloudBox with everything it needs, until it is told to stop."""

from cloudbox.embedded import CannotStart


def main(arguments: list[str]) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; return the exit status. Raises CannotStart."""
    raise CannotStart(f"up {arguments} is being written.")
