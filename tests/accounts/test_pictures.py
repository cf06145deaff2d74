"""A picture starts as a drawn one; one's own is cropped by a task and served to its owner."""

import io
import zlib
from datetime import timedelta

import pytest
from django.contrib.staticfiles import finders
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone
from PIL import Image

from accounts import pictures, services, tasks
from accounts.models import User
from accounts.refusals import UsernameTaken
from cloudbox.errors import BadInput
from tests.people import PASSWORD, caller_for, client_for

pytestmark = pytest.mark.django_db
ME, PICTURE = "/api/v1/auth/profile", "/api/v1/auth/profile/picture"


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def image(kind: str = "JPEG", size: tuple[int, int] = (800, 600), **options) -> bytes:
    """Return a picture with a red middle and blue sides."""
    picture = Image.new("RGB", size, "blue")
    side = min(size)
    left, top = (size[0] - side) // 2, (size[1] - side) // 2
    picture.paste("red", (left, top, left + side, top + side))
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def set_picture(user: User, picture: bytes) -> services.Profile:
    return services.change_profile(by=caller_for(user), changes={}, picture=picture)


def crop(user: User) -> None:
    user.refresh_from_db()
    tasks.crop_picture(str(user.id), user.incoming_pict)
    user.refresh_from_db()


def test_everybody_starts_with_a_drawn_picture_that_exists(alice):
    address = client_for(alice).get(ME).json()["profile_pict"]

    assert address == "/static/accounts/picture.svg"
    assert finders.find(address.removeprefix("/static/"))
    assert client_for(alice).get(PICTURE).status_code == 404


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_picture_is_cropped_to_a_square_by_the_task(alice, kind):
    client = client_for(alice)
    before = set_picture(alice, image(kind))
    assert before.picture == ""

    crop(alice)

    shown = client.get(client.get(ME).json()["profile_pict"])
    square = Image.open(io.BytesIO(shown.content))
    assert (shown.status_code, shown["Content-Type"], square.format, square.size) == (
        200,
        "image/webp",
        "WEBP",
        (512, 512),
    )
    for corner in ((5, 5), (506, 5), (5, 506), (506, 506)):
        pixel = square.convert("RGB").crop((*corner, corner[0] + 1, corner[1] + 1)).tobytes()
        assert (pixel[0] > 200, pixel[2] < 60) == (True, True)


def test_a_picture_lies_upright_and_tells_nothing_of_where_it_was_taken(alice):
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010F] = "A camera"
    lying = Image.new("RGB", (400, 400), "blue")
    lying.paste("red", (0, 0, 200, 400))  # the left half is the upper one
    out = io.BytesIO()
    lying.save(out, "JPEG", exif=exif)
    set_picture(alice, out.getvalue())

    crop(alice)

    stored, _ = pictures.read(alice.profile_pict.name)
    upright = Image.open(io.BytesIO(stored))
    top, bottom = (upright.convert("RGB").crop((256, y, 257, y + 1)).tobytes() for y in (20, 490))
    assert (top[0] > 200, bottom[2] > 200) == (True, True)
    assert b"camera" not in stored
    assert not dict(upright.getexif())


def test_a_new_picture_replaces_the_old_and_its_address(alice, media):
    client = client_for(alice)
    set_picture(alice, image())
    crop(alice)
    first = client.get(ME).json()["profile_pict"]

    set_picture(alice, image("PNG"))
    crop(alice)

    assert client.get(ME).json()["profile_pict"] != first
    assert [path.suffix for path in media.rglob("*") if path.is_file()] == [".webp"]


def test_cropping_twice_changes_nothing(alice):
    set_picture(alice, image())
    alice.refresh_from_db()
    original = alice.incoming_pict
    crop(alice)
    stored = alice.profile_pict.name

    tasks.crop_picture(str(alice.id), original)

    alice.refresh_from_db()
    assert alice.profile_pict.name == stored


def test_a_picture_is_removed_and_its_files_with_it(alice, media):
    set_picture(alice, image())
    crop(alice)
    set_picture(alice, image("PNG"))
    client = client_for(alice)

    answers = [client.delete(PICTURE).status_code for _ in range(2)]

    assert answers == [204, 204]
    assert client.get(PICTURE).status_code == 404
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_somebody_registers_with_a_picture(client):
    answer = client.post(
        "/api/v1/auth/register",
        {"email": "zoe@example.com", "password": PASSWORD, "first_name": "Zoe", "last_name": "", "date_of_birth": "",
         "profile_pict": SimpleUploadedFile("me.jpg", image(), "image/jpeg")},
    )  # fmt: skip

    zoe = User.objects.get(email="zoe@example.com")
    assert answer.status_code == 201, answer.content
    assert default_storage.exists(zoe.incoming_pict)
    crop(zoe)
    assert zoe.profile_pict


def test_a_profile_is_changed_by_a_form_with_a_picture(alice):
    form = encode_multipart(BOUNDARY, {"country": "Chile", "profile_pict": SimpleUploadedFile("me.png", image("PNG"))})

    answer = client_for(alice).generic("PATCH", ME, form, MULTIPART_CONTENT)

    alice.refresh_from_db()
    assert (answer.status_code, answer.json()["country"], bool(alice.incoming_pict)) == (200, "Chile", True)


def bomb(width: int, height: int) -> bytes:
    """Return a small PNG whose head promises a huge picture."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "picture",
    [
        b"not a picture",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a",
        image("TIFF"),
        image("BMP"),
        bomb(30_000, 30_000),
        bomb(2**31 - 1, 2**31 - 1),
        b"\x00" * (pictures.MOST_BYTES + 1),
    ],
    ids=["text", "svg", "cut", "tiff", "bmp", "large", "huge", "heavy"],
)
def test_what_is_no_picture_for_us_is_refused_and_nothing_is_stored(alice, media, picture):
    with pytest.raises(BadInput) as refused:
        set_picture(alice, picture)

    assert refused.value.field == "profile_pict"
    assert not list(media.rglob("*"))


def test_a_refused_registration_leaves_no_picture_behind(client, alice, media):
    answer = client.post(
        "/api/v1/auth/register",
        {"email": "alice@example.com", "password": PASSWORD, "profile_pict": SimpleUploadedFile("me.jpg", image())},
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_a_picture_that_ends_in_the_middle_leaves_the_old_one(alice, media):
    set_picture(alice, image("PNG", (700, 700))[:-1000])

    crop(alice)

    assert not alice.incoming_pict
    assert not alice.profile_pict
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_a_picture_with_forged_facts_is_given_up_and_not_tried_for_ever(alice):
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "A camera"
    forged = exif.tobytes().replace(b"\x01\x0f\x00\x02", b"\x01\x00\x00\x02")  # a text where the width stands
    set_picture(alice, image(exif=forged))

    crop(alice)

    assert (alice.incoming_pict, alice.profile_pict) == ("", "")


def test_an_original_is_deleted_when_a_newer_one_takes_its_place(alice, media):
    set_picture(alice, image())
    alice.refresh_from_db()
    first = alice.incoming_pict
    set_picture(alice, image())

    tasks.crop_picture(str(alice.id), first)

    alice.refresh_from_db()
    assert [f"{pictures.INCOMING}/{file.name}" for file in (media / pictures.INCOMING).iterdir()] == [
        alice.incoming_pict
    ]


def test_a_refused_change_leaves_no_picture_behind(alice, bob, media):
    with pytest.raises(UsernameTaken):
        services.change_profile(
            by=caller_for(alice), changes={"username": bob.username}, current_password=PASSWORD, picture=image()
        )

    assert not [file for file in media.rglob("*") if file.is_file()]


def test_an_original_that_is_gone_is_given_up(alice):
    set_picture(alice, image())
    alice.refresh_from_db()
    default_storage.delete(alice.incoming_pict)

    crop(alice)

    assert not alice.incoming_pict


def test_the_sweep_queues_what_waits_and_deletes_what_nobody_names(alice, monkeypatch):
    set_picture(alice, image())
    alice.refresh_from_db()
    orphan = pictures.store(image())
    later = timezone.now() + pictures.FORGOTTEN_AFTER + timedelta(minutes=1)
    queued = []
    monkeypatch.setattr(pictures, "later", lambda *task: queued.append(task))

    tasks.sweep_pictures()
    assert default_storage.exists(orphan)
    monkeypatch.setattr(timezone, "now", lambda: later)
    tasks.sweep_pictures()

    assert queued == [(pictures.CROP, str(alice.id), alice.incoming_pict)] * 2
    assert default_storage.exists(alice.incoming_pict)
    assert not default_storage.exists(orphan)


def test_a_picture_is_for_its_user_and_kept_out_of_shared_caches(alice, client):
    set_picture(alice, image())
    crop(alice)

    shown = client_for(alice).get(PICTURE)

    assert client.get(PICTURE).status_code == 401
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "private" in shown["Cache-Control"]
    assert client_for(alice).get(PICTURE, headers={"If-None-Match": shown["ETag"]}).status_code == 304


def test_a_token_in_if_match_does_not_stand_in_the_way_of_a_picture(alice, client):
    set_picture(alice, image())
    crop(alice)
    token = client_for(alice).defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")

    assert client.get(PICTURE, headers={"If-Match": f"token {token}"}).status_code == 200
