"""Memory for whole bodies: so much for all, and no more than half of it for one."""

import pytest

from cloudbox.errors import Busy
from cloudbox.slots import Room


def test_a_client_gets_half_of_the_room_and_all_of_them_no_more_than_all():
    room = Room()

    with room.taken("a", 50, total=100):
        with pytest.raises(Busy) as refusal, room.taken("a", 1, total=100):
            pass
        with room.taken("b", 50, total=100), pytest.raises(Busy), room.taken("c", 1, total=100):
            pass
    assert refusal.value.facts["retry_after"]


def test_room_is_free_again_whatever_went_wrong_in_it():
    room = Room()
    with pytest.raises(ValueError, match="wrong"), room.taken("a", 50, total=100):
        raise ValueError("wrong")

    with room.taken("a", 50, total=100):
        pass
