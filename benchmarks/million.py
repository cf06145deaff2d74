"""What the tree costs when it is great: pages, roles, what is shared, moves, the trash and searches.

Guardian answers from the rows that the gate reads, by the look-ups that CloudBox does not use.
"""

import time
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median

from django.db import connection
from django.test.utils import CaptureQueriesContext
from guardian.shortcuts import get_objects_for_user

from accounts.callers import Caller
from accounts.models import User
from assets import access
from assets.filters import Filters
from assets.models import Asset
from assets.services import finding, trash, tree
from assets.words import Ability
from benchmarks import forest, seeds
from benchmarks.forest import Forest
from benchmarks.outcomes import Outcome
from benchmarks.pairs import Side, compare, timed
from benchmarks.rows import compared, has_perm, page, page_of_models, prefetch

OTHERS = 200  # people who have grants, too
GRANTS = 1000  # of each of them
MOVE, TRASH, SEARCH = 100.0, 300.0, 100.0  # ms, at most
# A table where every node has a path, with the same indexes; as many rows as are moved, which is less than there are.
_EVERY_NODE = (
    "DROP TABLE IF EXISTS every_node",
    "CREATE TABLE every_node (LIKE assets_asset INCLUDING ALL)",
    "ALTER TABLE every_node DROP CONSTRAINT only_folders_have_a_path",
    "INSERT INTO every_node SELECT * FROM assets_asset WHERE kind = 'folder' AND path @> ARRAY[%(top)s]",
    """INSERT INTO every_node SELECT a.* FROM assets_asset a JOIN assets_asset p ON p.id = a.parent_id
        WHERE a.kind = 'file' AND p.path @> ARRAY[%(top)s]""",
    "UPDATE every_node n SET path = p.path || n.id FROM assets_asset p WHERE p.id = n.parent_id AND n.kind = 'file'",
    "CREATE INDEX ON every_node USING gin (path)",
)
_MOVE_EVERY_NODE = """
UPDATE every_node SET path = (SELECT path FROM assets_asset WHERE id = %s) || path[array_position(path, %s):]
 WHERE path @> ARRAY[%s]
"""


def outcomes(
    *, assets: int = 1_000_000, folders: int = 20_000, wide: int = 50_000, others: int = OTHERS
) -> Iterator[Outcome]:
    """Plant, and measure one after the other."""
    owner = User.objects.get(username="owner")
    caller = Caller(user_id=owner.id, username=owner.username)
    began = time.perf_counter()
    planted = forest.plant(owner.id, assets=assets, folders=folders, wide=wide)
    rate = planted.assets / (time.perf_counter() - began) / 1000
    yield Outcome(what=f"planting {planted.assets} assets", peer="-", found=rate, unit="thousand/s")
    yield from _pages(caller, planted, wide)
    yield from _shared(owner, planted, others)
    yield from _searches(caller)
    yield from _moves(caller, planted)
    yield from _trash(caller, planted)


def _pages(caller: Caller, planted: Forest, wide: int) -> Iterator[Outcome]:
    ours, theirs = partial(page, caller, planted.wide, 200), partial(page_of_models, planted.wide, 200)
    found = compare(Side(timed(ours, 10)), Side(timed(theirs, 10)))
    yield compared("list of 200 as JSON", "Django REST framework's ModelSerializer", found, least=8)
    last = tree.content_of(by=caller, folder_id=planted.wide, limit=200)
    gone = 200
    while gone < wide * 4 // 5:
        last = tree.content_of(by=caller, folder_id=planted.wide, limit=200, cursor=last.next)
        gone += 200
    far, first = partial(page, caller, planted.wide, 100, last.next), partial(page, caller, planted.wide, 100)
    found = compare(Side(timed(far, 20)), Side(timed(first, 20)))
    yield compared(f"page of 100 after {gone} of {wide} files", "the first page", found, least=1 / 1.2)


def _shared(owner: User, planted: Forest, others: int) -> Iterator[Outcome]:
    """A reader who is let into the branches and some folders, among many others who have grants."""
    names = ["reader", *(f"other {number}" for number in range(others))]
    reader, *rest = User.objects.bulk_create([User(username=name, username_key=name) for name in names])
    below = planted.folders[len(planted.branches) + 1 :]
    forest.grant([*planted.branches, *below[::100]], [reader.id], given_by=owner.id)
    forest.grant(below[:GRANTS], [other.id for other in rest], given_by=owner.id)
    forest.grant([planted.wide], [reader.id, *(other.id for other in rest)], given_by=owner.id)
    forest.analyze()
    caller = Caller(user_id=reader.id, username="reader")
    rows = Asset.objects.filter(parent=planted.wide, kind="file").order_by("sort_key", "id")
    files = list(rows.values_list("id", flat=True)[:100])
    forest.grant(files, [reader.id], given_by=owner.id)  # for guardian, which knows nothing of what lies above
    file = files[0]

    role = partial(access.asset_for, caller, file, Ability.READ)
    found = compare(Side(timed(role, 50)), Side(timed(lambda: has_perm(reader, file), 50)))
    yield compared("role in one file, gate", "guardian's has_perm, file fetched", found, least=5)
    yield _queries("role in one file, gate", role)

    roles = partial(tree.content_of, by=caller, folder_id=planted.wide, limit=100)
    found = compare(Side(timed(roles, 10)), Side(timed(lambda: prefetch(reader, planted.wide, 100), 10)))
    yield compared("page of 100 with roles, not the owner's", "guardian's prefetch_perms", found, least=3)
    yield _queries("page of 100 with roles: the folder, folders in it, files in it", roles, most=3)

    mine = partial(finding.shared_with_me, by=caller, limit=50)

    def theirs() -> None:
        list(get_objects_for_user(reader, "assets.viewer", klass=Asset).order_by("-id")[:50])

    found = compare(Side(timed(mine, 5)), Side(timed(theirs, 5)))
    yield compared("first page of what is shared with me", "guardian's get_objects_for_user", found, least=10)


def _searches(caller: Caller) -> Iterator[Outcome]:
    words = {
        "in every name": forest.EVERYWHERE,
        "in every hundredth": forest.MIDDLE,
        "in five": forest.RARE,
        "in none": forest.NOWHERE,
    }
    for where, word in words.items():
        search = partial(finding.search, by=caller, filters=Filters(word=word), limit=50)
        yield _milliseconds(f"first page of a search for a word {where}", search, most=SEARCH)


def _moves(caller: Caller, planted: Forest) -> Iterator[Outcome]:
    """A branch goes from one folder to another and back; on the other side every node has a path."""
    top = planted.branches[0]
    places = [seeds.folder_in(planted.root, name) for name in ("left", "right")]
    with connection.cursor() as cursor:
        for statement in _EVERY_NODE:
            cursor.execute(statement, {"top": top} if "%(top)s" in statement else None)
        cursor.execute("SELECT count(*) FROM every_node")
        count = cursor.fetchone()[0]
    forest.analyze()
    turns = {"ours": 0, "theirs": 0}

    def ours() -> None:
        turns["ours"] += 1
        tree.move(by=caller, asset_id=top, folder_id=places[turns["ours"] % 2])

    def theirs() -> None:
        turns["theirs"] += 1
        with connection.cursor() as cursor:
            cursor.execute(_MOVE_EVERY_NODE, [places[turns["theirs"] % 2], top, top])

    found = compare(Side(timed(ours)), Side(timed(theirs)), 4)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE every_node")
    yield compared(f"move of a folder with {count} nodes", "a path on every node", found, least=25)
    yield _milliseconds(f"move of a folder with {count} nodes", ours, most=MOVE)


def _trash(caller: Caller, planted: Forest) -> Iterator[Outcome]:
    top = planted.branches[1]
    for what, act in (("trash", trash.trash), ("restore", trash.restore)):
        undo = trash.restore if what == "trash" else trash.trash
        if what == "restore":
            trash.trash(by=caller, asset_id=top)
        seconds = []
        for _ in range(5):
            began = time.perf_counter()
            act(by=caller, asset_id=top)
            seconds.append(time.perf_counter() - began)
            undo(by=caller, asset_id=top)
        name = f"{what} a folder with a tenth of {planted.assets} assets"
        yield Outcome(what=name, peer="-", found=median(seconds) * 1000, unit="ms", most=TRASH)


def _milliseconds(what: str, act: Callable[[], object], *, most: float) -> Outcome:
    act()
    seconds = [timed(act)() for _ in range(5)]
    return Outcome(what=what, peer="-", found=median(seconds) * 1000, unit="ms", most=most)


def _queries(what: str, act: Callable[[], object], *, most: int = 1) -> Outcome:
    with CaptureQueriesContext(connection) as asked:
        act()
    return Outcome(what=what, peer="-", found=float(len(asked)), unit="queries", most=most)
