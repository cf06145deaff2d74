"""That the measurements of a great tree still run: here of a small one, and no number counts."""

import pytest

from assets.models import Asset
from benchmarks import million
from tests.people import register


@pytest.mark.django_db(transaction=True)
def test_everything_about_a_great_tree_is_measured():
    register("owner")

    found = list(million.outcomes(assets=3_000, folders=300, wide=600, others=2))

    assert len(found) == 16
    assert all(outcome.found for outcome in found)
    assert {outcome.is_met for outcome in found if outcome.unit == "queries"} == {True}
    assert Asset.objects.count() > 2_900
