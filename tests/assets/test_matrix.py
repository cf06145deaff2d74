"""Every operation of the tree, asked by everybody: the answers are those of the tables in `matrix`."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.exceptions import Resolver404

from assets.services import links
from tests.assets.matrix import (
    COLUMNS,
    ELSEWHERE,
    FOUND,
    LINK,
    LINK_COLUMNS,
    MATRIX,
    OFFER,
    OFFER_COLUMNS,
    OWN_COLUMNS,
    OWN_THINGS,
    UPLOAD,
    UPLOAD_COLUMNS,
)
from tests.assets.scenes import API, World, a_world, add_keys, add_offers, add_others, answer, path_of

METHODS = ("get", "head", "post", "put", "patch", "delete")  # HEAD where it is more than a GET without its body
Table = dict[str, tuple[str, list[str]]]


@pytest.fixture
def world(db, store) -> World:
    return a_world("restricted", "viewer", "editor")


def wrong(table: Table, columns: Iterable[str], ask: Callable[[str, str], str]) -> list[str]:
    """Return a line for each operation of the table that is answered otherwise, with the answers."""
    found = []
    for cells, operations in table.values():
        for operation in operations:
            got = [ask(column, operation) for column in columns]
            if got != cells.split():
                found.append(f"{operation}: {' '.join(got)}, not {cells}")
    return found


def test_everybody_may_do_what_the_table_says_and_nothing_else(world):
    add_keys(world, "restricted")

    def ask(column: str, operation: str) -> str:
        who, access = COLUMNS[column]
        return answer(world.clients[who], operation, world.scenes[access])

    assert wrong(MATRIX, COLUMNS, ask) == []


def test_who_may_look_finds_it_and_nobody_else(world):
    add_keys(world, "restricted")

    def finds(who: str, access: str) -> bool:
        answered = world.clients[who].get(API + "store/search/?q=sea").json()
        return world.scenes[access]["file"] in {item["id"] for item in answered.get("items", ())}

    assert ["ok" if finds(*column) else "-" for column in COLUMNS.values()] == FOUND.split()


def test_everybody_has_their_own_things_as_the_table_says(world):
    add_keys(world, "restricted")
    add_offers(world)
    add_others(world)

    def ask(who: str, operation: str) -> str:
        return answer(world.clients[who], operation, world.scenes["restricted"])

    assert wrong(OWN_THINGS, OWN_COLUMNS, ask) == []
    assert wrong(OFFER, OFFER_COLUMNS, ask) == []
    assert wrong(UPLOAD, UPLOAD_COLUMNS, ask) == []


def test_whoever_comes_by_a_link_may_do_what_its_table_says(world):
    owner, here = world.hand("owner"), world.scenes["restricted"]
    add_others(world)

    def token(role: str, name: str) -> str:
        made = links.make(by=owner.caller, asset_id=UUID(here[name]), role=role, wish={})
        assert made.url
        return made.url.rstrip("/").rpartition("/")[2]

    roles = {column: column.split()[0].removesuffix(",") for column in LINK_COLUMNS}
    places = {column: "elsewhere" if "elsewhere" in column else "folder" for column in LINK_COLUMNS}
    ids = {column: here | {"token": token(roles[column], places[column])} for column in LINK_COLUMNS}

    assert wrong(LINK, LINK_COLUMNS, lambda column, operation: answer(Client(), operation, ids[column])) == []


# That nothing is forgotten


def addresses(patterns: list[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the route and the view of every address of the tree."""
    for pattern in patterns:
        route = before + str(pattern.pattern).removeprefix("^")
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and _is_door(pattern.callback.__module__):
            yield route, pattern.callback


def _is_door(module: str) -> bool:
    return module.startswith("assets.") and not module.startswith("assets.admin")


def methods_of(view: Any) -> list[str]:
    door = getattr(view, "view_class", None) or view.cls
    return [method for method in METHODS if hasattr(door, method)]


def test_every_operation_of_the_tree_is_in_a_table():
    asked = set()
    for table in (MATRIX, OWN_THINGS, OFFER, UPLOAD, LINK):
        for _, operations in table.values():
            for operation in operations:
                method, address = operation.split(" ")[:2]
                path = path_of(address).split("?")[0]
                while "{" in path:
                    before, rest = path.split("{", 1)
                    path = before + "00000000-0000-4000-8000-000000000000" + rest.split("}", 1)[1]
                try:
                    asked.add(f"{method} {resolve(path).route.removeprefix('^')}")
                except Resolver404:
                    pytest.fail(f"There is no such address: {operation}")

    offered = {
        f"{method.upper()} {route}"
        for route, view in addresses(get_resolver().url_patterns)
        for method in methods_of(view)
    }
    forgotten = offered - asked - ELSEWHERE.keys()
    assert sorted(forgotten) == [], "Add each to a table of tests/assets/matrix.py, or say in ELSEWHERE where it is."
    assert offered >= ELSEWHERE.keys()
