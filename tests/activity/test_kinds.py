"""The kinds of news are what the code records, with the facts that it gives: found by reading the code."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest
from django.utils.translation import gettext_lazy

from activity import kinds
from activity.kinds import Kind, Topic
from cloudbox.embedded.bootstrap import ROOT

APPS = ("accounts", "activity", "assets", "jobs", "payments")
TELLERS = {"record", "record_new", "record_that", "record_download", "tell", "write", "_tell", "_record"}
# What is no fact among the arguments, and what those who hand facts on add to them.
NO_FACTS = {"by", "target", "owner_id", "audience", "caller", "verb", None}
ADDED = {"record_download": {"version_id", "link_id"}, "record_new": {"folder_id", "link_id"}}
# What comes in a dictionary that is made beside the call.
SPREAD = {
    "file_shared": {"user_id", "team_id", "role"},
    "folder_shared": {"user_id", "team_id", "role"},
    "link_revoked": {"link_id", "label"},
    "link_taken_down": {"link_id", "label", "reason"},
    "retention_set": {"versions_kept", "versions_days"},
    "team_invitation_sent": {"user_id", "role", "invitation_id"},
    "team_joined": {"user_id", "role", "invitation_id"},
}


def calls():
    """Yield (verb as a pattern, names of facts) of each place that tells something."""
    for path in (path for app in APPS for path in (ROOT / app).rglob("*.py")):
        for node in ast.walk(ast.parse(Path(path).read_text())):
            if isinstance(node, ast.Call) and (name := name_of(node.func)) in TELLERS:
                given = [*node.args[:3], *(word.value for word in node.keywords if word.arg == "verb")]
                facts = {word.arg for word in node.keywords} - NO_FACTS | ADDED.get(name, set())
                for pattern in filter(None, map(pattern_of, given)):
                    yield pattern, facts


def name_of(function):
    return getattr(function, "attr", getattr(function, "id", ""))


def pattern_of(node):
    """Return what text the code has there, with anything for what it fills in; None if it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        return re.escape(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"\w+" for part in node.values)
    return None


@pytest.fixture(scope="module")
def told():
    """The facts of each kind, as far as the code names them where it tells."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for pattern, facts in calls():
        for kind in kinds.known():
            if re.fullmatch(pattern, kind.name):
                found[kind.name] |= facts
    return found


CHOSEN = {  # told by a name that is chosen elsewhere in its module
    *("email_changed", "email_verified", "file_uploaded", "file_replaced", "sign_in_failed", "file_downloaded"),
}


def test_every_kind_is_told_somewhere(told):
    assert {kind.name for kind in kinds.known()} - told.keys() - CHOSEN == set()


def test_every_fact_of_a_kind_is_given_where_it_is_told(told):
    named = {kind.name: set(kind.facts) for kind in kinds.known() if kind.name not in CHOSEN}

    missing = {name: facts - told[name] - SPREAD.get(name, set()) for name, facts in named.items()}
    assert {name: facts for name, facts in missing.items() if facts} == {}


def test_a_kind_has_one_name_a_sentence_and_facts_that_are_explained():
    for kind in kinds.known():
        assert re.fullmatch(r"[a-z_]{3,64}", kind.name)
        assert str(kind.says).endswith(".")
        assert all(kind.facts.values())
    with pytest.raises(ValueError, match="signed_in"):
        kinds.register(Kind("signed_in", Topic.ACCOUNT, gettext_lazy("Twice.")))
