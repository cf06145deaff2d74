"""What every owner is charged, compared with the sums of what is there."""

from collections.abc import Iterator

from accounts import quotas
from assets.checking.findings import Difference, Fact, Finding, Progress
from assets.checking.selecting import select

PAGE = 1_000  # owners between two words about the progress
_UNCOUNTED = """
SELECT u.id, u.username FROM accounts_user u
WHERE NOT EXISTS (SELECT 1 FROM accounts_usage c WHERE c.owner_id = u.id)
"""


def counters(progress: Progress) -> Iterator[Finding]:
    """Find owners who are not counted, or whose counters are not the sums of what every app charges them."""
    yield from select(Difference.USAGE_MISSING, _UNCOUNTED, progress)
    count = 0
    for count, owner_id in enumerate(quotas.owners(), start=1):
        if count % PAGE == 0:
            progress("owners", count)
        if drift := quotas.drift_of(owner_id):
            facts: dict[str, Fact] = {
                "used": drift["used"],
                "used_found": drift["used_found"],
                "reserved": drift["reserved"],
                "reserved_found": drift["reserved_found"],
            }
            yield Finding(Difference.USAGE_WRONG, str(owner_id), facts)
    progress("owners", count)
