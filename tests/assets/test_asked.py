"""What a request asks for in its headers and query."""

from uuid import uuid4

import pytest
from django.http import QueryDict

from assets.api.asked import choice_in, only, tags_in
from assets.preconditions import check_tags
from cloudbox.errors import BadInput, PreconditionFailed
from tests.people import client_for


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        ("", None),
        ("*", ("*",)),
        ('"7"', ("7",)),
        ('"7", "8"', ("7", "8")),
        ('W/"7", "8"', ("8",)),
        ('W/"7"', ()),
        ("token eyJ0", None),
    ],
)
def test_if_match_is_read_as_rfc_9110_says(header, tags):
    assert tags_in({"If-Match": header}) == tags


@pytest.mark.parametrize("header", ["7", '"7', '"7" "8"', 'w/"7"'])
def test_a_tag_without_quotes_is_refused_by_the_name_of_the_header(header):
    with pytest.raises(BadInput) as refusal:
        tags_in({"If-Match": header})

    assert refusal.value.facts["field"] == "If-Match"


def test_a_weak_tag_never_matches():
    with pytest.raises(PreconditionFailed):
        check_tags(tags_in({"If-Match": 'W/"7"'}), "7")


def test_a_parameter_that_a_call_does_not_know_is_refused_by_name():
    with pytest.raises(BadInput) as refusal:
        only(QueryDict("limit=1&colour=red"), "limit")

    assert refusal.value.facts["field"] == "colour"


def test_a_choice_that_is_none_is_refused_by_name():
    with pytest.raises(BadInput) as refusal:
        choice_in(QueryDict("kind=both"), "kind", ["folder", "file"])

    assert refusal.value.facts["field"] == "kind"


@pytest.mark.parametrize(
    ("verb", "address"),
    [
        ("put", "assets/{0}/tags/"),
        ("put", "assets/{0}/metadata/"),
        ("patch", "assets/{0}/metadata/"),
        ("put", "assets/{0}/favourite/"),
        ("delete", "assets/{0}/favourite/"),
        ("post", "assets/{0}/transfer/"),
        ("get", "transfers/{0}/"),
        ("delete", "transfers/{0}/"),
        ("post", "transfers/{0}/accept/"),
        ("post", "transfers/{0}/decline/"),
        ("patch", "links/{0}/"),
    ],
)
def test_a_call_that_takes_no_parameter_refuses_each_by_name(alice, verb, address):
    client = client_for(alice)
    call = f"/api/v1/store/{address.format(uuid4())}?colour=red"

    answer = getattr(client, verb)(call, {}, content_type="application/json")

    assert (answer.status_code, answer.json()["field"]) == (400, "colour")
