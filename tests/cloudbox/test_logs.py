"""What a line of the log says."""

import json
import logging
import sys
from typing import Any

import pytest
from django.conf import settings

from cloudbox import logs, process


def line_of(logger: str, **extra: Any) -> dict[str, Any]:
    """Return what is logged when a module says something."""
    rules = logs.configuration("info")["formatters"]["json"]
    lines = logs.Lines(foreign_pre_chain=rules["foreign_pre_chain"], processors=rules["processors"])
    record = logging.getLogger(logger).makeRecord(logger, logging.ERROR, "", 0, "it_happened", (), None, extra=extra)
    found: dict[str, Any] = json.loads(lines.format(record))
    return found


def test_a_line_carries_the_facts_that_our_modules_give():
    assert line_of("assets.damage", blob="1", kind="altered").items() >= {"blob": "1", "kind": "altered"}.items()


@pytest.mark.parametrize("logger", ["django.request", "botocore.endpoint", "celery.app.trace"])
def test_what_libraries_attach_to_a_line_is_left_out(logger):
    line = line_of(logger, request="GET /?token=secret")

    assert line["event"] == "it_happened"
    assert "secret" not in json.dumps(line)


SIGN = """
import django
django.setup()
import logging
from assets import storage
logging.getLogger("assets").debug("ours")
print(storage.primary().link("k1", seconds=60, headers={}))
"""


def test_how_requests_to_a_bucket_are_signed_is_never_logged():
    told = {
        "PYTHONPATH": str(settings.BASE_DIR),
        "DJANGO_SETTINGS_MODULE": "cloudbox.settings",
        "CLOUDBOX_LOG_LEVEL": "debug",
        "CLOUDBOX_STORE": "s3",
        "S3_BUCKET_NAME": "files",
        "S3_ENDPOINT": "https://s3.example.org",
        "S3_ACCESS_KEY_ID": "key",
        "S3_SECRET_ACCESS_KEY": "hunter2",
    }
    done = process.run([sys.executable, "-c", SIGN], environment=told)

    assert (done.code, "ours" in done.errors) == (0, True)
    signature = done.output.strip().rpartition("=")[2]
    assert signature
    for hidden in (signature, "s3.example.org", "hunter2"):
        assert hidden not in done.errors
