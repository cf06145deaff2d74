"""The WSGI application with the views of the probe; a process of its own serves it, and nothing else."""

import os

from django.conf import settings

os.environ["DJANGO_SETTINGS_MODULE"] = "cloudbox.settings"
settings.ROOT_URLCONF = "tests.cloudbox.probe"

from cloudbox.wsgi import application  # noqa: E402 - it reads the settings

__all__ = ["application"]
