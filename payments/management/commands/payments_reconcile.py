"""`manage.py payments_reconcile`: compare Paystack's books with ours. Exit status 1 when they differ."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from cloudbox.money import as_money
from payments.services import reconciling


class Command(BaseCommand):
    help = "Compare Paystack's books of the last days with ours, settle what was paid, and tell what differs."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--days", type=int, default=reconciling.NIGHTLY, help="how many, 3 if nothing is said")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= reconciling.MOST_DAYS:
            raise CommandError(f"--days is from 1 to {reconciling.MOST_DAYS}.")
        books = reconciling.reconcile_days(options["days"])
        for currency, sums in books.totals.items():
            self.stdout.write(_sentence(currency, sums))
        self.stdout.write(f"{books.charges} charges and {books.refunds} refunds. Differences: {books.differing}.")
        if books.error:
            self.stderr.write(books.error)
        if books.error or books.differing:
            sys.exit(1)


def _sentence(currency: str, sums: dict[str, int]) -> str:
    told = {name: as_money(amount, currency) for name, amount in sums.items()}
    return (
        f"Paystack has taken {told['theirs']} and given back {told['theirs_back']}; "
        f"here it is {told['ours']} and {told['ours_back']}."
    )
