"""Every sentence that is to be translated, found in our own sources: Python, templates, scripts, refusals."""

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from django.utils.translation.template import templatize

from cloudbox.catalogues import CONTEXT, Message
from cloudbox.problems import kinds_of_refusal

APPS = {"accounts", "activity", "assets", "cloudbox", "jobs", "payments", "web"}
ENGLISH = {"admin", "api", "console", "embedded", "management", "migrations", "dialects", "environment", "staff"}
ONE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
MANY = {"ngettext", "ngettext_lazy", "counted"}
_TEXT = r"""u?('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
CALLS = re.compile(rf"(?<![\w.])(\w+)\(\s*{_TEXT}(?:\s*,\s*{_TEXT})?")
type_of_pairs = Iterator[tuple[str, str]]
type_of_finder = Callable[[str], type_of_pairs]


def all_messages(root: Path) -> dict[str, list[Message]]:
    """Return the messages of each domain: those of the server, and those of the scripts."""
    server = [*_from(root, sorted(root.glob("templates/**/*.html")), _in_template)]
    server += _from(root, [path for path in sorted(root.glob("*/**/*.py")) if _is_ours(path, root)], _in_python)
    scripts = _from(root, sorted(root.glob("*/static/**/*.js")), _in_script)
    return {"django": _united(server), "djangojs": _united(scripts)}


def _is_ours(path: Path, root: Path) -> bool:
    """Say whether people may read what it says: programs and the staff read English."""
    app, *inside = path.relative_to(root).parts
    return app in APPS and not ENGLISH & {part.removesuffix(".py") for part in inside}


def _from(root: Path, paths: Iterable[Path], find: type_of_finder) -> Iterator[Message]:
    for path in paths:
        for one, many in find(path.read_text()):
            yield Message(one, many, (str(path.relative_to(root)),))


def _in_template(source: str) -> type_of_pairs:
    if "i18n" in source:
        yield from _in_script(templatize(source))


def _in_script(source: str) -> type_of_pairs:
    for name, one, many in CALLS.findall(source):
        if name in ONE:
            yield ast.literal_eval(one), ""
        elif name in MANY and many:
            yield ast.literal_eval(one), ast.literal_eval(many)
        elif name == "pgettext" and many:
            yield ast.literal_eval(one) + CONTEXT + ast.literal_eval(many), ""


def _in_python(source: str) -> type_of_pairs:
    """Yield what stands in calls of gettext, and the sentences of refusals that have no facts in them."""
    refusals = {kind.__name__ for kind in kinds_of_refusal()}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef) and node.name in refusals:
            yield from ((title, "") for title in _titles(node))
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        texts = [one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        if name in ONE and texts:
            yield texts[0], ""
        elif name in MANY and len(texts) > 1:
            yield texts[0], texts[1]
        elif name in refusals:
            yield from ((text, "") for text in texts if text.endswith((".", "?")))


def _titles(node: ast.ClassDef) -> Iterator[str]:
    for line in node.body:
        if isinstance(line, ast.Assign) and getattr(line.targets[0], "id", "") == "title":
            yield ast.literal_eval(line.value)


def _united(found: Iterable[Message]) -> list[Message]:
    """Return each message once, with all its places."""
    places: dict[Message, set[str]] = defaultdict(set)
    for message in found:
        places[message] |= set(message.places)
    return [Message(one.one, one.many, tuple(sorted(places[one]))) for one in sorted(places) if one.one]
