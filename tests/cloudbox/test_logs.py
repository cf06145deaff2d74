"""What a line of the log says."""

import json
import logging
from typing import Any

import pytest

from cloudbox import logs


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
