"""What can be news: each app names the kinds of its own, from its AppConfig.ready.

What is recorded under another verb stands in the audit log only. An event carries the facts that its kind names and
no others, so nothing becomes news that docs/events.md does not tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Topic(TextChoices):
    """What the kinds are ordered by."""

    FILES = "files", _("Files and folders")
    SHARING = "sharing", _("Sharing")
    SPACE = "space", _("Space")
    JOBS = "jobs", _("Long work")
    TEAMS = "teams", _("Teams")
    ACCOUNT = "account", _("Account and security")


@dataclass(frozen=True)
class Kind:
    """One kind of news. `says` is a sentence for people, `facts` tell what each fact is."""

    name: str
    topic: Topic
    says: Promise
    facts: Mapping[str, str] = field(default_factory=dict)


_kinds: dict[str, Kind] = {}


def register(*kinds: Kind) -> None:
    """Make kinds known. Raises ValueError for a name that is taken."""
    for kind in kinds:
        if _kinds.setdefault(kind.name, kind) is not kind:
            raise ValueError(f"{kind.name} is a kind of news already")


def find(name: str) -> Kind | None:
    """Return the kind of that name, None when nothing of it is news."""
    return _kinds.get(name)


def known() -> list[Kind]:
    """Return every kind, by topic and then as their apps have named them."""
    order = list(Topic)
    return sorted(_kinds.values(), key=lambda kind: order.index(kind.topic))
