"""The WSGI application, for granian and gunicorn."""

import gc
import os
import sys
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse

import structlog
from django.conf import settings
from django.core.wsgi import get_wsgi_application

from cloudbox.environment import WrongSetting

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cloudbox.settings")
try:
    django = get_wsgi_application()
except WrongSetting as wrong:
    sys.exit(f"CloudBox does not start: {wrong}")
for remark in settings.ENVIRONMENT.remarks():
    structlog.get_logger(__name__).warning("setting_without_effect", remark=remark)

# What has been imported stays: its 136 000 objects need not be looked through for garbage again and again, which took
# up to a twelfth of a small request. Requests leave little behind that is not freed by counting its references.
gc.collect()
gc.freeze()
gc.set_threshold(10_000, 20, 100)


def application(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """Answer one request. Its path is kept as the client sent it, for Django escapes what is not UTF-8."""
    environ["cloudbox.path"] = environ.get("PATH_INFO", "")
    answer: Iterable[bytes] = django(environ, start_response)
    return answer
