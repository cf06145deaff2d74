"""Lists cost the same queries however long they are."""

import pytest

from assets.services import people, trash, tree

pytestmark = [pytest.mark.usefixtures("store"), pytest.mark.parametrize("many", [1, 4])]


def fill(hand, folder, many):
    """Put as many folders and files into the folder, each of which somebody else has, too."""
    for number in range(many):
        for view in (hand.folder(f"folder {number}", folder), hand.file(f"file {number}", folder)):
            people.add_people(by=hand.caller, asset_id=view.id, role="viewer", names=["bob"])


def test_the_content_of_a_folder_costs_three_queries(me, colleague, many, django_assert_num_queries):
    folder = me.folder("folder")
    fill(me, folder, many)
    people.add_people(by=me.caller, asset_id=folder.id, role="viewer", names=["bob"])

    for hand in (me, colleague):
        with django_assert_num_queries(3):  # the gate, the folders, the files
            assert len(tree.content_of(by=hand.caller, folder_id=folder.id).items) == 2 * many


def test_the_trash_costs_one_query(me, bob, many, django_assert_num_queries):
    fill(me, None, many)
    for view in tree.content_of(by=me.caller, folder_id=None).items:
        trash.trash(by=me.caller, asset_id=view.id)

    with django_assert_num_queries(1):
        assert len(trash.trash_page(by=me.caller).items) == 2 * many
