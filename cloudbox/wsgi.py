"""The WSGI application, for granian and gunicorn."""

import os
import sys

import structlog
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from cloudbox.environment import WrongSetting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbox.settings")
try:
    application = get_wsgi_application()
except WrongSetting as wrong:
    sys.exit(f"CloudBox does not start: {wrong}")
for remark in settings.ENVIRONMENT.remarks():
    structlog.get_logger(__name__).warning("setting_without_effect", remark=remark)
