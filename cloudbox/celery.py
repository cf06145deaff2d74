"""The Celery application: `celery -A cloudbox worker` and `celery -A cloudbox beat`."""

import os
import sys

from celery import Celery
from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

from accounts import schedule as accounts
from activity import schedule as activity
from assets import schedule as assets
from cloudbox.environment import WrongSetting
from jobs import schedule as jobs
from payments import schedule as payments

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbox.settings")
try:
    _ = settings.CELERY_BROKER_URL  # reads the settings
except WrongSetting as wrong:
    sys.exit(f"CloudBox does not start: {wrong}")

app = Celery("cloudbox")
app.set_default()  # for every thread of a web process
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = {
    **accounts.SCHEDULE,
    **activity.SCHEDULE,
    **assets.SCHEDULE,
    **jobs.SCHEDULE,
    **payments.SCHEDULE,
}
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)
