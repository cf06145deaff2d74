"""The entity-relationship diagrams of docs/entities.md, made from the models themselves."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models

APPS = ("accounts", "assets", "payments", "jobs", "activity")
FOREIGN = {"auth.Group", "auth.Permission"}  # of Django, which some of ours point to
HEAD = """\
# Entities

What the database holds: first how everything hangs together, then each app with its columns. `PK` is a primary key,
`FK` points to another table, `UK` is unique by itself. Rules over several columns stand in the models, and PostgreSQL
keeps them.

This page is made from the models by `python3 manage.py describe`.
"""


def markdown() -> str:
    """Return docs/entities.md."""
    every = {app: list(apps.get_app_config(app).get_models()) for app in APPS}
    relations = sorted(line for own in every.values() for model in own for line in _relations(model))
    parts = [HEAD, "## The whole\n", _diagram(relations)]
    for app, own in every.items():
        parts += [f"## {app}\n", *map(_sentence, own), ""]
        parts.append(_diagram(line for model in own for line in _columns(model)))
    return "\n".join(parts)


def _diagram(lines: Iterable[str]) -> str:
    return "\n".join(["```mermaid", "erDiagram", *(f"    {line}" for line in lines), "```", ""])


def _sentence(model: type[models.Model]) -> str:
    """Return what a model is: the first paragraph of its docstring, unless Django has written that."""
    written = inspect.getdoc(model) or ""
    said = "" if written.startswith(f"{model.__name__}(") else " ".join(written.split("\n\n")[0].split())
    return f"- **{model.__name__}**{f': {said}' if said else ''}"


def _relations(model: type[models.Model]) -> Iterator[str]:
    """Yield a line for each key that points to another entity: how many of both there may be, and its name."""
    for field in _meta(model).fields:
        if _is_shown(field.related_model):
            one = "|o" if field.null else "||"
            many = "o|" if field.unique else "o{"
            yield f"{_name(field.related_model)} {one}--{many} {model.__name__} : {field.name}"
    for relation in _meta(model).many_to_many:
        if _is_shown(relation.related_model):
            yield f"{_name(relation.related_model)} }}o--o{{ {model.__name__} : {relation.name}"


def _is_shown(model: Any) -> bool:
    return model is not None and (_meta(model).app_label in APPS or _meta(model).label in FOREIGN)


def _meta(model: Any) -> Any:
    return model._meta  # noqa: SLF001 - Django documents it


def _name(model: Any) -> str:
    return str(_meta(model).object_name)


def _columns(model: type[models.Model]) -> Iterator[str]:
    yield f"{model.__name__} {{"
    for field in _meta(model).fields:
        yield f"    {_type(field)} {field.attname}{_keys(field)}"
    yield "}"


def _type(field: "models.Field[Any, Any]") -> str:
    """Return PostgreSQL's type in one word, as a diagram needs it."""
    name = field.db_type(connection) or ""
    return name.replace("timestamp with time zone", "timestamptz").replace(" ", "_")


def _keys(field: "models.Field[Any, Any]") -> str:
    keys = {
        "PK": field.primary_key,
        "FK": isinstance(field, models.ForeignKey),
        "UK": field.unique and not field.primary_key,
    }
    chosen = ", ".join(key for key, holds in keys.items() if holds)
    return f" {chosen}" if chosen else ""
