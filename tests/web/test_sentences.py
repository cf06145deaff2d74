import ast
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from accounts.services import teams
from activity import kinds
from assets.services import tree
from tests.people import caller_for
from web.sentences import names_for, sentence_of
from web.spoken import SENTENCES

ROOT = Path(__file__).resolve().parents[2]
APPS = ("accounts", "activity", "assets", "cloudbox", "jobs", "payments", "web")
WRITING = ("record", "record_that", "record_new", "record_download", "tell", "_tell")
PARTS = {"how": ("declined", "withdrawn")}  # what a place in the name of a verb may be, but for the kind of an asset


def recorded():
    """Every verb that the code hands to what writes down what happened."""
    return {
        verb for app in APPS for path in (ROOT / app).rglob("*.py") for verb in verbs_in(ast.parse(path.read_text()))
    }


def verbs_in(module):
    constants: dict[str, list[str]] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            constants.setdefault(node.targets[0].id, []).extend(texts(node.value))
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and name_of(node.func) in WRITING:
            said = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "verb")]
            for argument in said:
                yield from constants.get(argument.id, []) if isinstance(argument, ast.Name) else texts(argument)


def name_of(node):
    function = getattr(node, "value", node) if isinstance(node, ast.FormattedValue) else node
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def texts(node: ast.AST) -> list[str]:
    """The texts that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value] if node.value.replace("_", "").isalpha() else []
    if isinstance(node, ast.IfExp):
        return [*texts(node.body), *texts(node.orelse)]
    if isinstance(node, ast.JoinedStr):
        made = [""]
        for part in node.values:
            options = (
                [str(part.value)] if isinstance(part, ast.Constant) else PARTS.get(name_of(part), ("file", "folder"))
            )
            made = [text + option for text in made for option in options]
        return made
    return []


def test_there_is_a_sentence_for_all_that_is_recorded():
    verbs = recorded()

    assert {"file_renamed", "folder_trashed", "offer_declined", "team_joined", "sign_in_failed"} <= verbs
    verbs |= {kind.name for kind in kinds.known()}
    deeds = {key.partition(":")[0] for key in SENTENCES}
    assert {verb for verb in verbs if verb.removeprefix("file_").removeprefix("folder_") not in deeds} == set()


def test_what_was_erased_leaves_a_sentence_without_it():
    for verb in SENTENCES:
        assert sentence_of(verb).endswith("."), verb

    assert sentence_of("file_renamed", name="a.txt") == "“a.txt” was renamed."
    assert sentence_of("file_trashed") == "“something” was put into the trash."


@pytest.mark.parametrize(
    ("verb", "facts", "said"),
    [
        ("file_renamed", {"old_name": "a.txt", "name": "b.txt"}, "“a.txt” was renamed to “b.txt”."),
        ("file_tagged", {"tags": ["red", "blue"]}, "The tags of “a.txt” are now: red, blue."),
        ("file_tagged", {"tags": []}, "The tags of “a.txt” were taken away."),
        ("any_one_access_set", {"any_one_access": "viewer"}, "“a.txt” was opened: anyone may view it."),
        ("other_sessions_ended", {"sessions": 1}, "1 other session was ended."),
        ("quota_set", {"old": None, "new": 5 * 1024**3}, "The basic quota is 5 GiB now."),
        ("file_renamed", {"old_name": "%(x)s", "name": "100 %"}, "“%(x)s” was renamed to “100 %”."),
    ],
)
def test_a_sentence_says_the_facts(verb, facts, said):
    assert sentence_of(verb, name="a.txt", facts=facts) == said


def test_whom_it_concerns_is_told_so(alice, bob):
    facts = {"user_id": str(bob.id), "role": "editor"}
    names = names_for(caller_for(alice), [facts])

    told: dict[str, Any] = {"verb": "folder_shared", "name": "photos", "facts": facts, "names": names}
    assert sentence_of(**told, reader=bob.id) == "“photos” was shared with you. You may change it."
    assert sentence_of(**told, reader=alice.id) == "“photos” was shared with bob, who may change it."


def test_only_folders_that_the_reader_sees_are_named(alice, bob):
    secret = tree.make_folder(by=caller_for(alice), parent_id=None, name="secret")
    team = teams.create(by=caller_for(alice), name="Otters")
    facts = [{"folder_id": str(secret.id)}, {"team_id": str(team.id)}, {"user_id": str(uuid4())}]

    assert names_for(caller_for(alice), facts) == {str(secret.id): "secret", str(team.id): "Otters"}
    assert names_for(caller_for(bob), facts) == {str(team.id): "Otters"}
