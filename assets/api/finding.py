"""/store/search and the lists across all trees: shared-with-me, shared-by-me, favourites, recent."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from django.http import QueryDict
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.folding import folded
from assets.api.asked import choice_in, only
from assets.api.door import Door
from assets.api.render import AssetOut, AssetPageOut, PersonOut, asset_json, page_json
from assets.filters import TYPES, Filters
from assets.labels import clean_pair, clean_tag
from assets.services import finding
from assets.services.finding import SharedByMe, SharedWithMe
from assets.words import Kind
from cloudbox.errors import BadInput
from cloudbox.pages import limit_of

T = TypeVar("T")

META = "meta."  # begins a parameter that asks for a key of the metadata
MOST_LABELS = 10  # tags, and pairs of metadata, of one search
_LARGEST = 2**63 - 1
_PAGED = ("limit", "cursor")
_SEARCHED = ("q", "kind", "type", "min_size", "max_size", "modified_after", "modified_before", "owner", "tag")

LIMIT = OpenApiParameter("limit", int, description="1 to 200.")
CURSOR = OpenApiParameter("cursor", str)
SORT = OpenApiParameter(
    "sort", str, enum=[f"{sign}{name}" for sign in ("", "-") for name in ("name", "modified", "size")]
)


class GranteeOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField(help_text="The username, or the name of the team.")
    role = serializers.ChoiceField(["viewer", "editor"])
    expires_at = serializers.DateTimeField(allow_null=True)


class TeamOfMineOut(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class SharedWithMeOut(serializers.Serializer[Any]):
    asset = AssetOut()
    role = serializers.ChoiceField(["viewer", "editor"], help_text="As what it was given to you.")
    at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    by = PersonOut(allow_null=True)
    team = TeamOfMineOut(allow_null=True, help_text="The team of yours that it was given to.")


class SharedWithMePageOut(serializers.Serializer[Any]):
    items = SharedWithMeOut(many=True)
    next = serializers.CharField(allow_null=True)


class SharedByMeOut(serializers.Serializer[Any]):
    asset = AssetOut(help_text="Its `any_one_access` tells what anyone may do.")
    people = GranteeOut(many=True)
    teams = GranteeOut(many=True)
    links = serializers.IntegerField(help_text="How many links of yours lead to it.")


class SharedByMePageOut(serializers.Serializer[Any]):
    items = SharedByMeOut(many=True)
    next = serializers.CharField(allow_null=True)


class Search(Door):
    """/store/search"""

    @extend_schema(
        summary="Search",
        tags=["finding"],
        parameters=[
            OpenApiParameter(
                "q", str, description="A part of the name, of 3 letters or more; case and accents are one."
            ),
            OpenApiParameter("kind", str, enum=["folder", "file"]),
            OpenApiParameter("type", str, description=f"A media type, `image/*`, or one of {', '.join(TYPES)}."),
            OpenApiParameter("min_size", int, description="Bytes."),
            OpenApiParameter("max_size", int, description="Bytes."),
            OpenApiParameter("modified_after", str, description="A date, or a moment, in ISO 8601; itself included."),
            OpenApiParameter("modified_before", str, description="The same; itself not included."),
            OpenApiParameter("owner", str, description="The username or id of whose tree it is in."),
            OpenApiParameter("tag", str, many=True, description="All of these tags."),
            OpenApiParameter("meta.<key>", str, description="The whole value of that key of the metadata."),
            OpenApiParameter("folder", UUID, description="Only below this folder."),
            SORT,
            LIMIT,
            CURSOR,
        ],
        responses=AssetPageOut,
    )
    def get(self, request: Request) -> Response:
        """In your own tree and in what was shared with you; with `folder`, below any folder that you may see."""
        query = request.query_params
        only(query, *_SEARCHED, *_PAGED, "folder", "sort", *(name for name in query if name.startswith(META)))
        page = finding.search(
            by=self.caller,
            filters=_filters_in(query),
            folder_id=_parsed(query, "folder", UUID, "The id of a folder."),
            sort=query.get("sort", "name"),
            cursor=query.get("cursor"),
            limit=limit_of(query.get("limit")),
        )
        return Response(page_json(page))


class Recent(Door):
    """/store/recent/"""

    @extend_schema(
        summary="List files, the last changed first",
        tags=["finding"],
        parameters=[LIMIT, CURSOR],
        responses=AssetPageOut,
    )
    def get(self, request: Request) -> Response:
        """Yours, and those that were shared with you."""
        return Response(page_json(finding.recent(by=self.caller, **_paged(request))))


class Favourites(Door):
    """/store/favourites/"""

    @extend_schema(
        summary="List your favourites, the latest first",
        tags=["finding"],
        parameters=[LIMIT, CURSOR],
        responses=AssetPageOut,
    )
    def get(self, request: Request) -> Response:
        """Those that you may still see."""
        return Response(page_json(finding.favourites(by=self.caller, **_paged(request))))


class WithMe(Door):
    """/store/shared-with-me/"""

    @extend_schema(
        summary="List what was shared with you, the latest first",
        tags=["finding"],
        parameters=[LIMIT, CURSOR],
        responses=SharedWithMePageOut,
    )
    def get(self, request: Request) -> Response:
        """With you, or with a team of yours."""
        page = finding.shared_with_me(by=self.caller, **_paged(request))
        return Response({"items": [_with_me_json(item) for item in page.items], "next": page.next})


class ByMe(Door):
    """/store/shared-by-me/"""

    @extend_schema(
        summary="List what you have shared",
        tags=["finding"],
        parameters=[SORT, LIMIT, CURSOR],
        responses=SharedByMePageOut,
    )
    def get(self, request: Request) -> Response:
        """With people, with teams, by links, or with anyone. At most 100 people and 100 teams are named of each."""
        sort = request.query_params.get("sort", "name")
        page = finding.shared_by_me(by=self.caller, sort=sort, **_paged(request, "sort"))
        return Response({"items": [_by_me_json(item) for item in page.items], "next": page.next})


def _paged(request: Request, *more: str) -> dict[str, Any]:
    query = only(request.query_params, *_PAGED, *more)
    return {"cursor": query.get("cursor"), "limit": limit_of(query.get("limit"))}


def _filters_in(query: QueryDict) -> Filters:
    pairs = [clean_pair(name.removeprefix(META), str(query[name]), name) for name in query if name.startswith(META)]
    tags = [clean_tag(tag, "tag") for tag in query.getlist("tag")]
    if len(tags) > MOST_LABELS or len(pairs) > MOST_LABELS:
        raise BadInput("tag" if len(tags) > MOST_LABELS else META + "*", f"At most {MOST_LABELS} of them.")
    return Filters(
        word=query.get("q"),
        kind=choice_in(query, "kind", list(Kind)),
        type=query.get("type"),
        min_size=_parsed(query, "min_size", _size, "A whole number of bytes."),
        max_size=_parsed(query, "max_size", _size, "A whole number of bytes."),
        modified_after=_parsed(query, "modified_after", _moment, "A date or a moment in ISO 8601."),
        modified_before=_parsed(query, "modified_before", _moment, "A date or a moment in ISO 8601."),
        owner=_parsed(query, "owner", _owner, "A username, or the id of a user."),
        tags=tags,
        metadata=dict(pairs),
    )


def _parsed(query: QueryDict, field: str, parse: Callable[[str], T], wanted: str) -> T | None:
    """Return what the query says in `field`, None if nothing; raises BadInput that names it and says what is wanted."""
    text = query.get(field)
    if text is None:
        return None
    try:
        return parse(text)
    except (ValueError, OverflowError):
        raise BadInput(field, wanted) from None


def _size(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST)) and int(text) <= _LARGEST):
        raise ValueError(text)
    return int(text)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text.replace(" ", "+"))  # a plus that was not escaped arrives as a space
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def _owner(text: str) -> str | UUID:
    try:
        return UUID(text)
    except ValueError:
        pass
    if not text.strip() or "\0" in text:
        raise ValueError(text)
    return folded(text)


def _with_me_json(item: SharedWithMe) -> dict[str, Any]:
    return {
        "asset": asset_json(item.asset),
        "role": item.role,
        "at": item.at,
        "expires_at": item.expires_at,
        "by": item.by._asdict() if item.by else None,
        "team": {"id": item.team.id, "name": item.team.username} if item.team else None,
    }


def _by_me_json(item: SharedByMe) -> dict[str, Any]:
    def who(found: list[Any]) -> list[dict[str, Any]]:
        return [{"id": one.id, "name": one.name, "role": one.role, "expires_at": one.expires_at} for one in found]

    return {
        "asset": asset_json(item.asset),
        "people": who(item.people),
        "teams": who(item.teams),
        "links": item.links,
    }
