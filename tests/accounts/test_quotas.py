"""The quota holds to the byte."""

import pytest

from accounts import quotas
from cloudbox.errors import QuotaExceeded

pytestmark = pytest.mark.django_db


def test_a_quota_can_be_filled_exactly(alice, settings):
    settings.CLOUDBOX_DEFAULT_QUOTA = 100
    quotas.recompute_limit(alice.id)

    quotas.reserve(alice.id, 60)
    quotas.reserve(alice.id, 40)

    assert quotas.usage_of(alice.id).free == 0


def test_one_byte_more_is_refused_with_what_is_free(alice, settings):
    settings.CLOUDBOX_DEFAULT_QUOTA = 100
    quotas.recompute_limit(alice.id)
    quotas.reserve(alice.id, 60)

    with pytest.raises(QuotaExceeded) as refused:
        quotas.reserve(alice.id, 41)

    assert refused.value.facts == {"needed": 41, "free": 40}
