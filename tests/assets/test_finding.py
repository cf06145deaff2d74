"""Search finds what its caller may see, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Membership, Team
from accounts.services import teams
from assets import finding as rules
from assets.access import asset_for
from assets.filters import Filters
from assets.models import Asset, AssetUserGrant
from assets.services import finding, labels, people, trash, tree
from assets.words import Ability, Kind
from cloudbox.errors import AccessDenied, BadInput, NotAuthenticated, NotFound
from cloudbox.pages import cursor_of
from tests.assets.conftest import Hand
from tests.people import caller_for, with_key

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture(params=["walks", "picks from few", "picks from many"])
def way(request, monkeypatch):
    """Each of the ways in which a search comes to its result."""
    if request.param != "walks":
        monkeypatch.setattr(rules, "WALK", 1)
    if request.param == "picks from many":
        monkeypatch.setattr(rules, "FEW", 0)


def find(hand, word=None, *, folder=None, sort="name", **more):
    page = finding.search(
        by=hand.caller, filters=Filters(word=word, **more), folder_id=folder and folder.id, sort=sort, limit=200
    )
    return [view.name for view in page.items]


def share(hand, view, name="bob", role="viewer"):
    people.add_people(by=hand.caller, asset_id=view.id, role=role, names=[name])


def move_back(view, **fields):
    Asset.objects.filter(id=view.id).update(**fields)


# Words


def test_a_part_of_a_name_is_found_whatever_its_case_and_accents(me, way):
    me.file("L'Été 2026.jpg")
    me.file("Eta 2026.jpg")

    for word in ("été", "ETE", "E\u0301TE", "t\u00c9 20", "été 2026.jpg", " été "):
        assert find(me, word) == ["L'Été 2026.jpg"]


def test_a_name_that_folds_to_a_thousand_letters_and_more_is_kept_and_found(me, way):
    me.file("\ufdfa" * 85)  # a single letter that stands for eighteen

    assert len(find(me, "\ufdfa")) == 1


def test_all_the_grams_of_a_word_in_another_order_are_not_the_word(me, way):
    me.file("abcd.bcde")

    assert find(me, "abcde") == []


def test_what_is_special_in_sql_is_a_letter_like_others(me, way):
    me.file("x 1000 aab backslash its y")
    for word in ("100%", "a_b", "back\\slash", "it's"):
        me.file(f"x {word} y")
        assert find(me, word) == [f"x {word} y"]


@pytest.mark.parametrize("word", ["", "ab", "  ab  ", "e\u0301a", "\u0301\u0301\u0301", "x" * 256, "abc\0"])
def test_fewer_than_three_letters_and_what_is_in_no_name_are_refused_by_name(me, word):
    with pytest.raises(BadInput) as refused:
        find(me, word)
    assert "q" in str(refused.value.facts)


# Filters


@pytest.fixture
def mixed(me):
    folder = me.folder("Mixed")
    files = [
        me.file("photo.jpg", folder, b"x" * 10),
        me.file("photo.png", folder, b"x" * 20),
        me.file("letter.pdf", folder, b"x" * 30),
    ]
    labels.set_tags(by=me.caller, asset_id=files[0].id, tags=["Trip", "2026"])
    labels.set_tags(by=me.caller, asset_id=folder.id, tags=["trip"])
    labels.set_metadata(by=me.caller, asset_id=files[1].id, pairs={"camera": "M6", "lens": "35"})
    for number, file in enumerate(files):
        move_back(file, modified_at=datetime(2020 + number, 1, 1, tzinfo=UTC))
    return folder


ASKED: list[tuple[dict[str, Any], list[str]]] = [
    ({"kind": Kind.FOLDER}, ["Mixed"]),
    ({"kind": Kind.FILE}, ["letter.pdf", "photo.jpg", "photo.png"]),
    ({"type": "image/*"}, ["photo.jpg", "photo.png"]),
    ({"type": "image"}, ["photo.jpg", "photo.png"]),
    ({"type": "image/png"}, ["photo.png"]),
    ({"type": "IMAGE/PNG"}, ["photo.png"]),
    ({"type": "document"}, ["letter.pdf"]),
    ({"type": "video"}, []),
    ({"min_size": 20}, ["letter.pdf", "photo.png"]),
    ({"max_size": 20}, ["photo.jpg", "photo.png"]),
    ({"min_size": 11, "max_size": 29}, ["photo.png"]),
    ({"modified_after": datetime(2021, 1, 1, tzinfo=UTC), "kind": Kind.FILE}, ["letter.pdf", "photo.png"]),
    ({"modified_before": datetime(2021, 1, 1, tzinfo=UTC)}, ["photo.jpg"]),
    ({"owner": "alice", "word": "photo"}, ["photo.jpg", "photo.png"]),
    ({"owner": "bob"}, []),
    ({"owner": "nobody at all"}, []),
    ({"tags": ["trip"]}, ["Mixed", "photo.jpg"]),
    ({"tags": ["2026", "trip"]}, ["photo.jpg"]),
    ({"tags": ["tri"]}, []),
    ({"metadata": {"camera": "M6"}}, ["photo.png"]),
    ({"metadata": {"camera": "M6", "lens": "35"}}, ["photo.png"]),
    ({"metadata": {"camera": "35"}}, []),
    ({"word": "photo", "type": "image/png", "min_size": 5, "metadata": {"lens": "35"}}, ["photo.png"]),
]


@pytest.mark.parametrize("below", [False, True])
def test_all_that_is_asked_for_must_be_so(me, mixed, way, below):
    for asked, names in ASKED:
        expected = [name for name in names if not (below and name == "Mixed")]
        assert find(me, folder=mixed if below else None, **asked) == expected, asked


@pytest.mark.parametrize("wrong", ["", "picture", "/png", "image/", "*/*", "a b/c", "image/p*g", "imag*/png", "é/é"])
def test_what_is_no_media_type_is_refused_by_name(me, wrong):
    with pytest.raises(BadInput) as refused:
        find(me, type=wrong)
    assert "type" in str(refused.value.facts)


# Order and pages


def page_by_page(hand, filters, sort):
    page = finding.search(by=hand.caller, filters=filters, sort=sort, limit=3)
    found = [view.name for view in page.items]
    while page.next:
        page = finding.search(by=hand.caller, filters=filters, sort=sort, cursor=page.next, limit=3)
        found += [view.name for view in page.items]
    return found


def test_pages_follow_each_other_in_every_order_without_gap_or_repeat(me, colleague, way):
    theirs = colleague.folder("theirs")
    for number in range(4):
        for hand, folder in ((me, None), (colleague, theirs)):
            file = hand.file(f"{hand.caller.username} {number % 3} {number}", folder, b"x" * (number % 2))
            move_back(file, modified_at=datetime(2026, 1, 1 + number % 2, tzinfo=UTC))
    share(colleague, theirs, "alice")

    for sort in ("name", "-name", "modified", "-modified", "size", "-size"):
        whole = find(me, kind=Kind.FILE, sort=sort)
        assert len(whole) == 8
        assert page_by_page(me, Filters(kind=Kind.FILE), sort) == whole


@pytest.mark.parametrize(
    "cursor", ["x", cursor_of("a"), cursor_of(1, "b"), cursor_of("a", "b"), cursor_of("a\0", "b"), "{}", "=" * 99]
)
def test_a_forged_cursor_is_refused_or_shows_nothing_more(me, stranger, cursor):
    me.file("secret")

    with pytest.raises(BadInput):
        finding.search(by=stranger.caller, filters=Filters(), cursor=cursor)
    forged = cursor_of("", Asset.objects.get(parent=None, owner=stranger.caller.user_id).id)
    assert finding.search(by=stranger.caller, filters=Filters(), cursor=forged).items == []


def test_an_unknown_order_is_refused(me):
    with pytest.raises(BadInput):
        find(me, sort="owner")


@pytest.mark.parametrize("many", [1, 30])
@pytest.mark.parametrize("below", [False, True])
def test_a_search_costs_one_query_and_one_for_the_folder(me, colleague, django_assert_num_queries, many, below):
    folder = colleague.folder("shared")
    for number in range(many):
        colleague.file(f"note {number}", folder)
        me.file(f"note {number}")
    share(colleague, folder, "alice")

    with django_assert_num_queries(1 + below):
        assert len(find(me, "note", folder=folder if below else None)) == many * (1 if below else 2)


# Who sees what


@pytest.fixture
def grown(me, colleague, alice):
    """A tree with everything in it that lets people in or keeps them out; bob and his team have parts of it."""
    shared = me.folder("shared")
    cut = me.folder("cut", shared)
    given = me.folder("given again", me.folder("deeper", cut))
    for name, folder in (("shared file", shared), ("cut file", cut), ("given file", given), ("root file", None)):
        me.file(name, folder)
    gone = me.folder("gone", shared)
    me.file("gone file", me.folder("gone below", gone))
    open_ = me.folder("open to anyone")
    me.file("open file", open_)
    closed = me.folder("closed", open_)
    me.file("closed file", closed)
    single = me.file("single", me.folder("unshared"))
    former = me.folder("former")
    me.file("former file", former)
    lapsed = me.file("lapsed")
    hidden = me.file("hidden", shared)
    team_folder = me.folder("of the team")
    me.file("team file", team_folder)
    in_cut = me.file("single in cut", cut)
    trashed_above = me.folder("trashed above")
    inside = me.folder("inside", trashed_above)
    me.file("inside file", inside)
    for view in (shared, given, single, in_cut, former, lapsed, inside, gone):
        share(me, view)
    team = teams.create(by=me.caller, name="Herons")
    teams_join(team, colleague)
    people.add_people(by=me.caller, asset_id=team_folder.id, role="editor", team_ids=[team.id])
    people.set_any_one_access(by=me.caller, asset_id=open_.id, access="viewer")
    for view in (cut, closed):
        people.set_inherits(by=me.caller, asset_id=view.id, inherits=False)
    people.remove_people(by=me.caller, asset_id=former.id, role="viewer", names=["bob"])
    AssetUserGrant.objects.filter(content_object=lapsed.id).update(expires_at=timezone.now() - timedelta(hours=1))
    for view in (gone, trashed_above):
        trash.trash(by=me.caller, asset_id=view.id)
    move_back(hidden, hidden=True)
    colleague.file("own file", colleague.folder("own"))
    return {view.name: view for view in (shared, cut, open_, closed, team_folder)}


def teams_join(team, hand):
    row = Team.objects.get(id=team.id)
    Membership.objects.create(team=row, user_id=hand.caller.user_id, role="member")
    row.group.user_set.add(hand.caller.user_id)


def seen_by(hand, below=None):
    """Return the names of what the gate lets somebody see: everywhere if it is theirs or given to them, or below."""
    granted = set(AssetUserGrant.objects.filter(user=hand.caller.user_id).values_list("content_object", flat=True))
    granted |= set(Asset.objects.filter(group_grants__group__in=hand.caller.groups).values_list("id", flat=True))
    found = set()
    for asset in Asset.objects.filter(parent__isnull=False, hidden=False).select_related("parent"):
        line = {*(asset.path or (asset.parent.path if asset.parent else None) or []), asset.id}
        near = below.id in line - {asset.id} if below else bool(line & granted)
        counts = near or (below is None and asset.owner_id == hand.caller.user_id)
        if counts and may_see(hand, asset):
            found.add(asset.name)
    return found


def may_see(hand, asset):
    try:
        return bool(asset_for(hand.caller, asset.id, Ability.READ))
    except (NotFound, NotAuthenticated):
        return False


def test_everybody_finds_what_the_gate_lets_them_see_and_nothing_else(me, bob, stranger, grown, way):
    colleague = Hand(caller_for(bob))

    for hand in (me, colleague, stranger):
        assert set(find(hand)) == seen_by(hand)
    assert {"shared file", "given file", "single", "single in cut", "team file", "own file"} <= set(find(colleague))
    assert not {"cut file", "gone file", "inside file", "former file", "lapsed", "hidden", "open file"} & set(
        find(colleague)
    )
    assert find(stranger) == []


def test_below_a_folder_everybody_finds_what_the_gate_lets_them_see_there(me, bob, stranger, nobody, grown, way):
    colleague, looked = Hand(caller_for(bob)), 0
    for folder in Asset.objects.filter(kind="folder"):
        for hand in (me, colleague, stranger, nobody):
            if may_see(hand, folder):
                assert set(find(hand, folder=folder)) == seen_by(hand, folder)
                looked += 1
            else:
                with pytest.raises((NotFound, NotAuthenticated)):
                    find(hand, folder=folder)
    assert looked > 15
    assert find(nobody, folder=grown["open to anyone"]) == ["open file"]


def test_what_is_found_tells_what_the_gate_tells(bob, grown, way):
    by = caller_for(bob)

    for view in finding.search(by=by, filters=Filters(), limit=200).items:
        assert view == tree.get(by=by, asset_id=view.id)


def test_pages_end_where_what_may_be_seen_ends(me, colleague, way):
    shared = me.folder("shared")
    me.file("a note", shared)
    me.file("b note")
    share(me, shared)

    page = finding.search(by=colleague.caller, filters=Filters(word="note"), limit=1)
    assert ([view.name for view in page.items], page.next) == (["a note"], None)


def test_who_was_let_in_no_longer_finds_nothing_at_once(me, colleague, way):
    note = me.file("note")
    share(me, note)
    assert find(colleague, "note") == ["note"]

    people.remove_people(by=me.caller, asset_id=note.id, role="viewer", names=["bob"])
    assert find(colleague, "note") == []


def test_the_anonymous_search_only_below_what_is_open(me, nobody):
    with pytest.raises(NotAuthenticated):
        find(nobody)
    with pytest.raises(NotAuthenticated):
        find(nobody, folder=me.folder("closed"))


def test_an_access_key_finds_only_in_its_folder_and_only_with_the_scope_read(me, alice, colleague, way):
    inner, outer = me.folder("inner"), me.folder("outer")
    for folder in (inner, outer):
        me.file(f"note in {folder.name}", folder)
    theirs = colleague.folder("theirs")
    colleague.file("note of bob", theirs)
    share(colleague, theirs, "alice")

    for_folder, for_all = Hand(with_key(alice, "read", folder=inner.id)), Hand(with_key(alice, "read"))
    assert find(for_folder, "note") == ["note in inner"]
    assert find(for_all, "note") == ["note in inner", "note in outer", "note of bob"]
    with pytest.raises(NotFound):
        find(for_folder, "note", folder=outer)
    with pytest.raises(AccessDenied):
        find(Hand(with_key(alice, "write")), "note")


def test_a_search_in_a_file_is_refused(me):
    with pytest.raises(BadInput):
        find(me, folder=me.file("note"))


def test_recent_files_are_those_changed_last_wherever_they_are(me, colleague, stranger):
    theirs = colleague.folder("theirs")
    share(colleague, theirs, "alice")
    for day, (hand, folder, name) in enumerate(((me, None, "old"), (colleague, theirs, "newer"), (me, None, "newest"))):
        move_back(hand.file(name, folder), modified_at=datetime(2026, 1, 1 + day, tzinfo=UTC))

    assert [view.name for view in finding.recent(by=me.caller).items] == ["newest", "newer", "old"]
    assert finding.recent(by=stranger.caller).items == []
