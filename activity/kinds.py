"""What can be news: each app names the kinds of its own, from its AppConfig.ready.

What is recorded under another verb stands in the audit log only. An event carries the facts that its kind names and
no others, so nothing becomes news that docs/events.md does not tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

_HEAD = """\
# Kinds of events

What [events](events.md) there are, with the facts that each carries beside who did it and to what. Whom it concerns is
told: who did it, the owner of the thing, and whom a sharing, an offer or a team is about.

This page is made from the code by `python3 manage.py describe`.
"""


class Topic(TextChoices):
    """What the kinds are ordered by."""

    FILES = "files", _("Files and folders")
    SHARING = "sharing", _("Sharing")
    SPACE = "space", _("Space")
    PAYMENTS = "payments", _("Payments")
    JOBS = "jobs", _("Long work")
    TEAMS = "teams", _("Teams")
    ACCOUNT = "account", _("Account and security")


@dataclass(frozen=True)
class Kind:
    """One kind of news. `says` is a sentence for people, `facts` tell what each fact is.

    What is for open pages only is not `called_out`: no webhook is called for it.
    """

    name: str
    topic: Topic
    says: Promise
    facts: Mapping[str, str] = field(default_factory=dict)
    called_out: bool = True


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


def markdown() -> str:
    """Return all kinds as docs/kinds.md has them."""
    with override("en"):
        return _HEAD + "".join(_table(topic) for topic in Topic)


def _table(topic: Topic) -> str:
    rows = (
        f"| `{kind.name}` | {kind.says} | {', '.join(f'`{name}`: {what}' for name, what in kind.facts.items())} |\n"
        for kind in known()
        if kind.topic is topic
    )
    return f"\n## {topic.label}\n\n| kind | what happened | facts |\n|---|---|---|\n{''.join(rows)}"
