"""What the measurements of great trees are made on."""

from assets.models import Asset, AssetUserGrant
from assets.names import searched
from benchmarks import forest


def test_a_forest_is_a_tree_as_the_services_would_have_made_it(alice, bob):
    planted = forest.plant(alice.id, assets=3_000, folders=100, wide=500)
    forest.grant(planted.branches, [bob.id], given_by=alice.id)

    rows = list(Asset.objects.filter(owner=alice).select_related("parent", "current"))
    assert planted.assets == len(rows) - 1 > 2_900
    assert all((row.fold, row.sort_key, row.grams) == tuple(searched(row.name)) for row in rows)
    assert all(row.path == [*(row.parent.path or []), row.id] for row in rows if row.is_folder and row.parent)
    assert {row.current and row.current.asset_id == row.id for row in rows if not row.is_folder} == {True}
    assert max(len(row.path or []) for row in rows) <= forest.DEPTH
    assert Asset.objects.filter(parent=planted.wide).count() == 500
    assert AssetUserGrant.objects.filter(user=bob).count() == len(planted.branches)
