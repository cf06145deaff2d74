"""Offers in short words."""

import pytest

from assets.services import transfers
from tests.assets.conftest import Hand


def offer(hand: Hand, view, to: str = "bob", **more) -> transfers.Offer:
    return transfers.offer(by=hand.caller, asset_id=view.id, to=to, **more)


def accept(hand: Hand, made: transfers.Offer, **more):
    return transfers.accept(by=hand.caller, offer_id=made.id, **more)


def offers(hand: Hand) -> list[tuple[str, str]]:
    """Return the direction and the name of each open offer."""
    return [(found.direction, found.name) for found in transfers.offers(by=hand.caller).items]


@pytest.fixture
def photos(store, me):
    """A folder of alice's with two files of 4 and 5 bytes, one of them deeper."""
    folder = me.folder("Photos")
    me.file("a", folder, data=b"salt")
    me.file("b", me.folder("Below", folder), data=b"water")
    return folder
