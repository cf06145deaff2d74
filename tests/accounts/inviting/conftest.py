"""A team of alice's, into which she invites people."""

import pytest

from accounts.services import invitations, teams
from tests.people import caller_for


@pytest.fixture
def team(alice):
    return teams.create(by=caller_for(alice), name="Otters")


@pytest.fixture
def invite(alice, team):
    """Lets alice invite somebody."""
    return lambda **whom: invitations.invite(by=caller_for(alice), team_id=team.id, **whom)
