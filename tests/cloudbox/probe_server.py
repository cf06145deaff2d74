"""The WSGI application of the probe; a process of its own serves it, and nothing else."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "cloudbox.settings"
settings.ROOT_URLCONF = "tests.cloudbox.probe"
application = get_wsgi_application()
