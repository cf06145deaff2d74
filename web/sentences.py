"""What happened, in words: one place for the pages of activity, for notifications, and for their mails.

Who did it stands beside a sentence, not in it: languages that bend the verb after the person get along with one form.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.callers import Caller
from accounts.services import people, teams
from assets.services import tree
from cloudbox.money import as_money
from cloudbox.sizes import as_text
from web.spoken import SENTENCES

KINDS = ("file_", "folder_")  # of what has the same sentence for both
SIZES = ("bytes", "used", "limit", "old", "new")  # facts that count bytes
MOMENTS = ("starts_at", "ends_at")
# Facts whose values have sentences of their own.
CHOOSING = ("any_one_access", "days", "inherits", "new_program", "read_only", "role", "state", "why")
Facts = Mapping[str, Any]


def sentence_of(
    verb: str, *, name: str = "", facts: Facts | None = None, reader: UUID | None = None, names: Facts | None = None
) -> str:
    """Return what was done, to what is called `name`, as `reader` is told it.

    `names` says what people, teams and folders are called whose ids are among the facts; see `names_for`. What was
    erased, or is not known, is left out: of several sentences the first is taken that can be filled in.
    """
    facts = facts or {}
    places = _places(name, facts, names or {})
    for key in _keys(verb, facts, reader):
        for sentence in SENTENCES.get(key, ()):
            try:
                return str(sentence % places)
            except KeyError:
                continue
    return verb.replace("_", " ").capitalize() + "."


def names_for(by: Caller, told: Iterable[Facts]) -> dict[str, str]:
    """Return what the people, teams and folders are called that are among the facts, as far as the caller may know.

    One query for each of the three, if there are any.
    """
    facts = list(told)
    named = people.names_of(_ids(facts, "user_id"))
    named |= {team.id: team.name for team in teams.of_ids(_ids(facts, "team_id"))}
    named |= tree.names_of(by=by, asset_ids=_ids(facts, "folder_id"))
    return {str(it): name for it, name in named.items()}


def _ids(told: Iterable[Facts], fact: str) -> set[UUID]:
    return {UUID(str(facts[fact])) for facts in told if facts.get(fact)}


def _keys(verb: str, facts: Facts, reader: UUID | None) -> list[str]:
    """Return under which keys sentences of the verb may be, the most telling first."""
    deed = verb
    for kind in KINDS:
        deed = deed.removeprefix(kind)
    chosen = [f"{deed}:{facts[fact]}".lower() for fact in CHOOSING if fact in facts]
    if reader and facts.get("user_id") == str(reader):
        return [*(f"{key}:you" for key in chosen), f"{deed}:you", *chosen, deed]
    return [*chosen, deed]


def _places(name: str, facts: Facts, names: Facts) -> dict[str, Any]:
    """Return what the places in a sentence are filled in with; what is not known has none."""
    places = {fact: _as_said(fact, value) for fact, value in facts.items() if value not in (None, "", [])}
    whom = names.get(str(facts.get("user_id"))) or names.get(str(facts.get("team_id")))
    folder = names.get(str(facts.get("folder_id")))
    places |= {place: said for place, said in (("whom", whom), ("folder", folder)) if said}
    if facts.get("amount_minor") and facts.get("currency"):
        places["amount"] = as_money(facts["amount_minor"], facts["currency"])
    return places | {"what": name or _("something")}


def _as_said(fact: str, value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if fact in SIZES and isinstance(value, int):
        return as_text(value)
    if fact in MOMENTS and isinstance(value, str):
        return date_format(datetime.fromisoformat(value))
    return value
