"""JSON bodies in, strictly, and JSON answers out."""

import json
import math
from typing import Any

import orjson
from django.conf import settings
from django.utils.functional import Promise

from cloudbox.errors import BadInput, Refusal
from cloudbox.http import read_whole

DEEPEST = 64  # levels of nesting


class MalformedJson(Refusal):
    """The body is not JSON as RFC 8259 has it. `line` and `column` say where it stops being so."""

    code = "malformed_json"
    title = "The body is not well-formed JSON."


def loads(body: bytes) -> Any:
    """Return what the JSON `body` says.

    Raises MalformedJson, or BadInput that names the field when a key is there twice, a number is not
    finite, a text has NUL or half a surrogate pair in it, or the nesting is too deep: such values
    are read differently by different programs, or cannot be stored.
    """
    try:
        value = json.loads(body.decode(), object_pairs_hook=_object, parse_constant=_refuse_constant)
    except UnicodeDecodeError:
        raise MalformedJson("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise MalformedJson(f"{error.msg}.", line=error.lineno, column=error.colno) from None
    except RecursionError:
        raise MalformedJson(f"It is nested deeper than {DEEPEST} levels.") from None
    except ValueError:  # an integer of more than 4300 digits
        raise MalformedJson("It has a number that is too long.") from None
    _refuse_unfit(value)
    return value


def dumps(value: Any) -> bytes:
    """Return `value` as JSON; times in UTC with a Z."""
    return orjson.dumps(value, default=_text, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC)


def body_of(request: Any) -> Any:
    """Return what the JSON body of a request says; {} for an empty one. Raises as `loads`, and BodyTooLarge."""
    body = read_whole(request, settings.CLOUDBOX_MAX_JSON)
    return loads(body) if body else {}


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        _refuse_unfit_text("body", twice)
        raise BadInput(twice, "It is there twice.")
    return found


def _refuse_constant(name: str) -> None:
    raise MalformedJson(f"{name} is not a JSON number.")


def _refuse_unfit(value: Any) -> None:
    waiting = [("", value, 1)]
    while waiting:
        where, item, depth = waiting.pop()
        if depth > DEEPEST:
            raise MalformedJson(f"It is nested deeper than {DEEPEST} levels.")
        if isinstance(item, dict):
            for key, inner in item.items():
                _refuse_unfit_text(where or "body", key)
                waiting.append((f"{where}.{key}" if where else key, inner, depth + 1))
        elif isinstance(item, list):
            waiting.extend((f"{where}[{index}]", inner, depth + 1) for index, inner in enumerate(item))
        elif isinstance(item, str):
            _refuse_unfit_text(where or "body", item)
        elif isinstance(item, float) and not math.isfinite(item):
            raise BadInput(where or "body", "The number is too large.")


def _refuse_unfit_text(where: str, text: str) -> None:
    if "\x00" in text:
        raise BadInput(where.replace("\x00", "\\0"), "A text may not have a NUL character in it.")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise BadInput(where.encode(errors="replace").decode(), "A text may not have half a surrogate pair in it.")


def _text(value: object) -> str:
    if isinstance(value, Promise):  # a translation that waits for its language
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON.")
