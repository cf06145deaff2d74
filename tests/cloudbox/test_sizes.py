import pytest
from django.utils.translation import override

from cloudbox.environment import bytes_of
from cloudbox.sizes import as_text, exactly, for_people


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (1023, "1023 bytes"),
        (1024, "1 KiB"),
        (1536, "1.5 KiB"),
        (2**20 - 1, "1 MiB"),
        (5 * 2**30, "5 GiB"),
        (2**63 - 1, "8 EiB"),
        (-2048, "-2 KiB"),
    ],
)
def test_a_size_is_written_in_the_largest_unit_it_fills(size, text):
    assert as_text(size) == text


@pytest.mark.parametrize(
    ("language", "size", "text"),
    [
        ("en", 1536, "1.5 KiB"),
        ("de", 1536, "1,5 KiB"),
        ("de", 5 * 2**30, "5 GiB"),
        ("en", 5 * 2**30 - 1, "5 GiB"),
        ("de", 1600, "1,6 KiB"),
        ("de", 1, "1 Byte"),
        ("en", 1023, "1023 bytes"),
    ],
)
def test_a_page_writes_a_size_as_its_readers_do(language, size, text):
    with override(language):
        assert for_people(size) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0"), (1025, "1025"), (1536 * 2**20, "1536 MiB"), (5 * 2**30, "5 GiB"), (2**50, "1024 TiB")]
)
def test_a_size_that_is_filled_in_is_read_again_as_it_was(size, text):
    assert exactly(size) == text
    assert bytes_of(text) == size
