"""A link that only adds: it takes files, and tells nothing of what is there."""

import pytest

from assets.digests import Expected
from assets.models import Link
from assets.placing import OnConflict
from assets.services import content, parts, people, trash, tree, versions
from assets.services.content import Body
from cloudbox.errors import BadInput, NotFound
from cloudbox.ranges import Conditions
from tests.assets.by_link import by, child, token_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def photos(store, me):
    """A folder with a file and a folder, beside which there is more."""
    folder = me.folder("photos")
    me.file("a.jpg", folder, b"bytes of a")
    me.file("deep", me.folder("below", folder))
    me.file("outside.txt")
    return folder


@pytest.fixture
def request_of(me, photos):
    """A hand that may put files into the photos, and see nothing."""
    return by(token_to(me, photos, "add"))


def test_a_file_request_takes_files_and_folders_and_shows_nothing(me, photos, request_of):
    made = request_of.folder("mine", photos)
    file = request_of.file("new", made, b"of a visitor")
    seen_before = [photos.id, child(photos, "a.jpg").id, child(photos, "below").id]

    assert (made.name, file.name, file.size, file.abilities) == ("mine", "new", 12, ("add",))
    assert me.read(file) == b"of a visitor"
    for asset_id in [*seen_before, made.id, file.id]:
        for act in (
            lambda it=asset_id: tree.get(by=request_of.caller, asset_id=it),
            lambda it=asset_id: tree.content_of(by=request_of.caller, folder_id=it),
            lambda it=asset_id: content.open_file(by=request_of.caller, file_id=it),
            lambda it=asset_id: versions.versions_of(by=request_of.caller, file_id=it),
            lambda it=asset_id: content.replace_content(by=request_of.caller, file_id=it, body=Body([b"x"])),
            lambda it=asset_id: tree.rename(by=request_of.caller, asset_id=it, name="x"),
            lambda it=asset_id: tree.move(by=request_of.caller, asset_id=it, folder_id=photos.id),
            lambda it=asset_id: trash.trash(by=request_of.caller, asset_id=it),
            lambda it=asset_id: people.people_of(by=request_of.caller, asset_id=it, role="viewer"),
        ):
            with pytest.raises(NotFound):
                act()


@pytest.mark.parametrize("on_conflict", list(OnConflict))
def test_a_file_request_replaces_nothing_and_tells_of_no_name_that_is_taken(me, photos, request_of, on_conflict):
    def put(name: str):
        body = Body([b"other"], Expected(5))
        by_link = {"by": request_of.caller, "folder_id": photos.id, "name": name}
        return content.store_file(**by_link, body=body, on_conflict=on_conflict)

    for name in ("a.jpg", "below", "free"):
        view, is_new = put(name)
        assert (view.name, is_new, view.version) == (name, True, 1)
    assert me.names(photos) == ["below", "a (1).jpg", "a.jpg", "below (1)", "free"]
    assert me.read(child(photos, "a.jpg")) == b"bytes of a"
    assert request_of.folder("below", photos).name == "below"


def test_a_file_request_is_not_asked_by_a_condition_what_is_there(photos, request_of):
    for name in ("a.jpg", "free"):
        with pytest.raises(BadInput):
            content.store_file(
                by=request_of.caller,
                folder_id=photos.id,
                name=name,
                body=Body([b"x"], Expected(1)),
                conditions=Conditions(if_none_match="*"),
            )


def test_a_file_request_takes_uploads_in_parts(me, photos, request_of):
    upload = parts.begin(by=request_of.caller, folder_id=photos.id, name="a.jpg")
    parts.append(by=request_of.caller, upload_id=upload.id, offset=0, body=Body([b"abc"], Expected(3)))
    other = by(token_to(me, photos, "editor"))

    with pytest.raises(NotFound):
        parts.progress_of(by=other.caller, upload_id=upload.id)
    done = parts.finish(by=request_of.caller, upload_id=upload.id)
    again = parts.finish(by=request_of.caller, upload_id=upload.id)

    assert (done.file.name, done.size, again.size, again.file.id) == ("a.jpg", 3, 3, done.file.id)
    assert "(" not in again.file.name
    assert "a (1).jpg" in me.names(photos)
    assert Link.objects.get(role="add").uploads == 1
