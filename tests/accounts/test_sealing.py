"""The secrets of access keys are sealed; rotating what seals them loses none."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts import keys
from accounts.models import AccessKey
from accounts.refusals import TokenRefused
from accounts.services import keys as service
from cloudbox import sealing
from tests.people import caller_for, key_of

pytestmark = pytest.mark.django_db


def test_what_is_sealed_can_be_opened_and_looks_different_each_time():
    one, other = sealing.seal("otter"), sealing.seal("otter")

    assert "otter" not in one
    assert one != other
    assert {sealing.opened(one), sealing.opened(other)} == {"otter"}


def test_the_secret_of_a_key_can_be_had_for_signatures(alice):
    made = key_of(alice, "read")

    assert keys.secret_of(made.info.key_id) == made.secret


def test_a_key_that_does_not_count_has_no_secret(alice, staff):
    made = key_of(alice, "read")
    service.revoke(by=caller_for(alice), key_id=made.info.id)

    for key_id in (made.info.key_id, "NOBODYSKEY0000000000", ""):
        with pytest.raises(TokenRefused):
            keys.secret_of(key_id)


def test_the_first_secret_seals_and_all_open(alice, settings):
    settings.CLOUDBOX_KEYS_SECRETS = ["the older one"]
    made = key_of(alice, "read")
    settings.CLOUDBOX_KEYS_SECRETS = ["the newer one", "the older one"]
    newer = key_of(alice, "read")

    assert keys.secret_of(made.info.key_id) == made.secret
    settings.CLOUDBOX_KEYS_SECRETS = ["the newer one"]
    assert keys.secret_of(newer.info.key_id) == newer.secret
    with pytest.raises(sealing.CannotOpen):
        keys.secret_of(made.info.key_id)


def test_rotating_seals_every_secret_with_the_newest(alice, settings):
    made = [key_of(alice, "read") for _ in range(3)]  # without the setting, SECRET_KEY seals
    settings.CLOUDBOX_KEYS_SECRETS = ["the newer one"]
    told = StringIO()

    call_command("rotate_keys", stdout=told)

    settings.SECRET_KEY = "another key of the server"
    assert told.getvalue() == "3 sealed anew.\n"
    assert [keys.secret_of(key.info.key_id) for key in made] == [key.secret for key in made]


def test_rotating_tells_what_cannot_be_opened_and_goes_on(alice, settings):
    settings.CLOUDBOX_KEYS_SECRETS = ["lost"]
    lost = key_of(alice, "read")
    settings.CLOUDBOX_KEYS_SECRETS = ["the newer one"]
    made = key_of(alice, "read")
    sealed = AccessKey.objects.get(id=made.info.id).sealed_secret

    with pytest.raises(CommandError, match=lost.info.key_id):
        call_command("rotate_keys", stdout=StringIO())

    assert AccessKey.objects.get(id=made.info.id).sealed_secret != sealed
    assert keys.secret_of(made.info.key_id) == made.secret


def test_a_key_without_its_seal_is_still_a_bearer_token(client, alice, settings):
    settings.CLOUDBOX_KEYS_SECRETS = ["lost"]
    made = key_of(alice, "read")
    settings.CLOUDBOX_KEYS_SECRETS = []

    answer = client.get("/api/v1/auth/profile", headers={"Authorization": f"Bearer {made.token}"})

    assert answer.status_code == 200
