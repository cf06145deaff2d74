import pytest
from django_celery_beat.models import IntervalSchedule, PeriodicTask

from tests.admin.use import browser_of, use


@pytest.fixture
def dora(staff):
    """The browser of somebody of the staff."""
    return browser_of(staff)


@pytest.fixture
def in_use(alice, staff):
    """At least one row of everything that the administration shows."""
    use(alice, staff, 1)
    every = IntervalSchedule.objects.create(every=1, period="minutes")
    PeriodicTask.objects.create(name="activity.seal", task="activity.seal", interval=every)
