"""An owner's counters, for tests to set and to look at."""

from accounts.models import Usage, User


def limit(user: User, size: int) -> None:
    Usage.objects.filter(owner=user).update(base_bytes=size, limit_bytes=size)


def counters(user: User) -> tuple[int, int]:
    return Usage.objects.values_list("used", "reserved").get(owner=user)
