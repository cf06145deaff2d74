"""Where an instance keeps its things."""

import os
import stat

import pytest

from cloudbox.embedded import CannotStart
from cloudbox.embedded.places import LONGEST_SOCKET, make, places_in, reachable, tidy
from cloudbox.process import Account

STRANGER = Account("stranger", 54321, 54321)


def test_sockets_are_kept_in_a_short_directory_when_the_path_is_too_long(tmp_path):
    places = places_in(tmp_path / ("x" * 90))

    assert len(os.fsencode(places.redis_socket)) <= LONGEST_SOCKET
    assert tmp_path not in places.run.parents


@pytest.mark.parametrize("name", ["with space", "comma,name", "ümlaut", "per%cent"])
def test_sockets_are_kept_elsewhere_when_a_url_could_not_name_them(tmp_path, name):
    assert name not in places_in(tmp_path / name).database_url


def test_two_data_directories_never_share_their_sockets(tmp_path):
    assert places_in(tmp_path / "a b").run != places_in(tmp_path / "a  b").run


def test_the_directories_are_closed_to_others(tmp_path):
    places = places_in(tmp_path / "data")
    make(places)

    for directory in (places.run, places.log, places.valkey):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert stat.S_IMODE(places.data.stat().st_mode) & 0o066 == 0
    tidy(places)


def test_nothing_above_the_data_is_opened_to_others(tmp_path):
    above = tmp_path / "above"
    above.mkdir(mode=0o700)

    places = places_in(above / "data")
    make(places)

    assert stat.S_IMODE(above.stat().st_mode) == 0o700
    tidy(places)


def test_a_directory_for_sockets_that_somebody_else_has_made_is_refused(tmp_path):
    places = places_in(tmp_path / "with space")
    places.run.symlink_to(tmp_path)

    with pytest.raises(CannotStart, match="belongs to somebody else"):
        make(places)

    places.run.unlink()


def test_a_file_instead_of_a_directory_is_a_sentence(tmp_path):
    (tmp_path / "data").touch()

    with pytest.raises(CannotStart, match="cannot be used"):
        make(places_in(tmp_path / "data"))


@pytest.mark.parametrize(("mode", "passes"), [(0o700, False), (0o710, False), (0o701, True), (0o755, True)])
def test_a_stranger_passes_only_where_everybody_may(tmp_path, mode, passes):
    for directory in (tmp_path, *tmp_path.parents):
        if directory.stat().st_uid == os.geteuid() and not directory.stat().st_mode & 0o001:
            directory.chmod(directory.stat().st_mode | 0o001)
    inner = tmp_path / "inner"
    inner.mkdir()
    inner.chmod(mode)

    assert reachable(inner, STRANGER) is passes
