"""Coming by a link."""

from typing import Any

import pytest

from accounts.callers import Caller
from assets.digests import Expected
from assets.models import Asset
from assets.services import content, links, parts, trash, tree, visiting
from assets.services.content import Body
from cloudbox.errors import NotFound
from tests.assets.conftest import Hand

SOMEWHERE = Caller.anonymous(address="203.0.113.9", agent="curl/8")


def child(folder, name) -> Any:
    return Asset.objects.get(parent_id=folder.id, name=name, trashed_at=None)


def token_to(hand: Hand, asset, role: str = "viewer", **wish: Any) -> str:
    wished: Any = wish
    view = links.make(by=hand.caller, asset_id=asset.id, role=role, wish=wished)
    assert view.url
    return view.url.rstrip("/").rsplit("/", 1)[1]


def by(token: str, given_pass: str = "") -> Hand:
    """Return somebody who comes by the link."""
    return Hand(visiting.caller_by(token, given_pass, SOMEWHERE))


def opened(token: str, given_pass: str = "") -> visiting.Opened:
    return visiting.opened(token, given_pass, SOMEWHERE)


def unreachable(hand: Hand, asset_id) -> bool:
    """Say whether nothing can be done with it: whatever is tried says that there is no such thing."""
    body = Body([b"data"], Expected(4))
    for act in (
        lambda: tree.get(by=hand.caller, asset_id=asset_id),
        lambda: tree.content_of(by=hand.caller, folder_id=asset_id),
        lambda: content.open_file(by=hand.caller, file_id=asset_id),
        lambda: content.store_file(by=hand.caller, folder_id=asset_id, name="x", body=body),
        lambda: tree.make_folder(by=hand.caller, parent_id=asset_id, name="x"),
        lambda: trash.trash(by=hand.caller, asset_id=asset_id),
        lambda: parts.begin(by=hand.caller, folder_id=asset_id, name="x"),
    ):
        with pytest.raises(NotFound):
            act()
    return True
