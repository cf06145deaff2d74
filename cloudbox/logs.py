"""Logs: one JSON object a line, on standard error, with the id of the request or task they belong to."""

import logging
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

BEFORE_RENDERING: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


SIGNING = ("boto3", "botocore", "s3transfer", "urllib3")  # below warnings they tell signatures, tokens and addresses


def configuration(level: str) -> dict[str, Any]:
    """Return Django's LOGGING, and set structlog up to write through it."""
    structlog.configure(
        processors=[
            *BEFORE_RENDERING,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.processors.format_exc_info,
            _render,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": Lines,
                "foreign_pre_chain": [*BEFORE_RENDERING, _add_facts],
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "filters": {"failures": {"()": "django.utils.log.CallbackFilter", "callback": _is_failure}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {
            "django": {"level": level.upper(), "propagate": True},
            "django.request": {"filters": ["failures"]},  # our own line tells the rest
            **{name: {"level": "ERROR" if level == "error" else "WARNING"} for name in SIGNING},
        },
    }


OURS = {"accounts", "activity", "assets", "cloudbox", "jobs", "payments", "web"}
_extra = structlog.stdlib.ExtraAdder()


class Lines(structlog.stdlib.ProcessorFormatter):
    """Renders what other libraries log; our own lines come rendered, for there is one for each request."""

    def format(self, record: logging.LogRecord) -> str:
        return str(record.msg) if hasattr(record, "is_rendered") else super().format(record)


def _render(_logger: Any, _method: str, line: MutableMapping[str, Any]) -> tuple[tuple[str], dict[str, Any]]:
    """Return what the logger is called with: the line as JSON, and the word that it is."""
    rendered = orjson.dumps(line, default=repr, option=orjson.OPT_NON_STR_KEYS).decode()
    return (rendered,), {"extra": {"is_rendered": True}}


def _add_facts(logger: Any, method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add what our own modules give as `extra`; that of a library may be a request, with the secrets in it."""
    return _extra(logger, method, line) if line["_record"].name.partition(".")[0] in OURS else line


def _is_failure(record: logging.LogRecord) -> bool:
    return record.exc_info is not None
