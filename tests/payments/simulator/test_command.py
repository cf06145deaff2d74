"""`manage.py paystack_simulator`: the simulator by hand."""

import dataclasses
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tests.payments.simulator.conftest import KEY


def test_its_key_is_shown_to_whoever_runs_commands(settings):
    settings.CLOUDBOX_PAYING = dataclasses.replace(settings.CLOUDBOX_PAYING, simulated=True, keys=(KEY,))
    shown = StringIO()

    call_command("paystack_simulator", "--show-key", stdout=shown)

    assert shown.getvalue().strip() == KEY


def test_there_is_none_where_paystack_answers(settings):
    settings.CLOUDBOX_PAYING = dataclasses.replace(settings.CLOUDBOX_PAYING, simulated=False)

    with pytest.raises(CommandError, match="nothing to simulate"):
        call_command("paystack_simulator")
