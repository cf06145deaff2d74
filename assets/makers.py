"""The makers of links, who may have lost sight of what their links lead to, and are not told what it is called now."""

from dataclasses import replace
from typing import Any

from accounts.callers import Caller
from accounts.refusals import TokenRefused
from accounts.standing import as_now
from activity import services as activity
from activity.services import Fact, Who
from assets.lists import seen_of
from assets.models import Link
from assets.record import target


def sees(link: Link) -> bool:
    """Say whether the link's maker may see at this moment what it leads to; an owner sees it in the trash, too."""
    if link.maker_id == link.asset.owner_id:
        return True
    try:
        maker = as_now(link.maker_id, key_id=None, agent="")
    except TokenRefused:
        return False
    return bool(seen_of(maker, [link.asset_id]))


def record_end(verb: str, by: Caller, link: Link, **facts: Fact) -> None:
    """Write that the link has ended, in the caller's transaction; whose the asset is, `by` and the maker are told."""
    asset, maker, named = target(link.asset), [link.maker_id], sees(link)
    unnamed = replace(asset, label="")
    told: dict[str, Any] = {"link_id": str(link.id), "label": link.label, **facts}
    is_maker = by.user_id == link.maker_id
    activity.record(
        verb,
        by=by.who,
        target=asset if named or not is_maker else unnamed,
        owner_id=link.asset.owner_id,
        audience=maker if named else (),
        **told,
    )
    if not named and not is_maker:
        activity.tell(verb, by=Who(), target=unnamed, audience=maker, **told)
