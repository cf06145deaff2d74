"""What a check finds, under names that stay."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import TypeVar

T = TypeVar("T")
Fact = str | int | bool | None | list[dict[str, str | int]]

BATCH = 500  # findings that are looked at again, named and repaired together


class Difference(StrEnum):
    """Everything that can be found. The names are part of what `fsck --json` promises; docs/operations.md has them."""

    STORE_DOWN = "store_down"
    STORE_UNKNOWN = "store_unknown"
    BYTES_MISSING = "bytes_missing"
    BYTES_ALTERED = "bytes_altered"
    DAMAGE_OVER = "damage_over"
    BYTES_UNNAMED = "bytes_unnamed"
    BYTES_FOREIGN = "bytes_foreign"
    BYTES_CONDEMNED = "bytes_condemned"
    BLOB_UNNAMED = "blob_unnamed"
    BLOB_STRANDED = "blob_stranded"
    PARTS_WRONG = "parts_wrong"
    MOVE_POINTLESS = "move_pointless"
    VERSION_SIZE = "version_size"
    CURRENT_WRONG = "current_wrong"
    CONTENT_MISSING = "content_missing"
    NAME_COLUMNS = "name_columns"
    PATH_WRONG = "path_wrong"
    ROOT_UNREACHED = "root_unreached"
    ROOT_MISSING = "root_missing"
    OWNER_WRONG = "owner_wrong"
    PARENT_WRONG = "parent_wrong"
    TOO_DEEP = "too_deep"
    TWINS = "twins"
    USAGE_MISSING = "usage_missing"
    USAGE_WRONG = "usage_wrong"


@dataclass(frozen=True)
class Finding:
    """A difference: `id` says of what (a row's id, a store's name, a key), `facts` what it is; sizes in bytes."""

    kind: Difference
    id: str
    facts: dict[str, Fact] = field(default_factory=dict)
    repaired: bool = False


Progress = Callable[[str, int], None]  # told what is being looked at and how many of it there were so far


def batches(items: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    rest = iter(items)
    while batch := list(islice(rest, size)):
        yield batch
