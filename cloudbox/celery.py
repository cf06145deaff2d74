"""The Celery application: `celery -A cloudbox worker` and `celery -A cloudbox beat`."""

import os
import sys

from celery import Celery
from django.conf import settings

from cloudbox.environment import WrongSetting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbox.settings")
app = Celery("cloudbox")
try:
    _ = settings.CELERY_BROKER_URL  # reads the settings
except WrongSetting as wrong:
    sys.exit(f"CloudBox does not start: {wrong}")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
