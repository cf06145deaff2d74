"""Emptying the database after a test that committed, in a tenth of the time that Django's `flush` takes.

TRUNCATE makes new files for every table and index, and the permissions that it takes along have to be made again. A
test leaves a few rows, so they are deleted; what a migration is known to have made, and never changes, stays. What
it has made and tests change, the price list, is made again.
"""

from importlib import import_module
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.utils import ProgrammingError
from django.test import TransactionTestCase

STAYS = {"django_content_type", "auth_permission", "django_migrations"}
_price_list: Any = import_module("payments.migrations.0003_price_list")
_flush: Any = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]  # the stubs know it not


def _empty(case: TransactionTestCase) -> None:
    tables = [name for name in connection.introspection.table_names() if name not in STAYS]
    deletions = "; ".join(f"DELETE FROM {connection.ops.quote_name(name)}" for name in tables)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Neither foreign keys nor the guards of the audit log are asked, which a superuser may say.
            cursor.execute(f"SET LOCAL session_replication_role = replica; {deletions}")
    except ProgrammingError:  # no superuser
        _flush(case)
    _price_list.add(apps, None)


def quickly() -> None:
    TransactionTestCase._fixture_teardown = _empty  # type: ignore[attr-defined]  # as above
