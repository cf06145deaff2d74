"""What eats somebody's space, in their own tree: the largest files, the largest folders, and bytes by kind.

Old versions and the trash are not in here: `accounts.services.usage` tells what they take.
"""

from dataclasses import dataclass
from uuid import UUID

from accounts.callers import Caller
from assets.rows import ask, in_lists
from cloudbox.pages import Page, page_of, values_of

KINDS = ("image", "video", "audio", "document", "archive", "other")
FOLDERS = 10  # that are told
LEVELS = 3  # of folders below the root: what is deeper counts for those above it

# Folders in the trash, with those below.
_GONE = """
gone AS MATERIALIZED (
    SELECT f.id FROM assets_asset t JOIN assets_asset f ON f.kind = 'folder' AND f.path @> ARRAY[t.id]
     WHERE t.owner_id = %(owner)s AND t.kind = 'folder' AND (t.trashed_at IS NOT NULL OR t.purging_at IS NOT NULL)
)"""
_LIVING = f"""
a.owner_id = %(owner)s AND a.kind = 'file' AND {in_lists("a")} AND a.parent_id NOT IN (SELECT id FROM gone)"""  # noqa: S608  made of constants
# The index of sizes is walked from its end.
_FILES = f"""
WITH {_GONE}
SELECT a.id, a.name, a.content_type, a.size, p.id, p.name, p.parent_id IS NULL
  FROM assets_asset a JOIN assets_asset p ON p.id = a.parent_id
 WHERE {_LIVING} AND (%(size)s::bigint IS NULL OR (a.size, a.id) < (%(size)s, %(last)s::uuid))
 ORDER BY a.size DESC, a.id DESC LIMIT %(limit)s
"""  # noqa: S608  made of constants
# Files are added up by their folder first: there are far fewer folders to go up from. The root is the first of a path.
_FOLDERS = f"""
WITH {_GONE}, sums AS (
    SELECT a.parent_id, sum(a.size) AS size, count(*) AS files FROM assets_asset a WHERE {_LIVING} GROUP BY a.parent_id
), whole AS (
    SELECT above.id, sum(sums.size) AS size, sum(sums.files) AS files
      FROM sums JOIN assets_asset f ON f.id = sums.parent_id
           CROSS JOIN LATERAL unnest(f.path[2:%(deepest)s]) AS above(id)
     GROUP BY above.id ORDER BY size DESC, above.id LIMIT %(limit)s
)
SELECT a.id, a.name, whole.size::bigint, whole.files::bigint FROM whole JOIN assets_asset a ON a.id = whole.id
 WHERE whole.size > 0 ORDER BY whole.size DESC, a.id
"""  # noqa: S608  made of constants
_BY_KIND = f"""
WITH {_GONE}, typed AS (
    SELECT a.content_type, sum(a.size) AS size, count(*) AS files FROM assets_asset a
     WHERE {_LIVING} GROUP BY a.content_type
)
SELECT CASE
    WHEN content_type LIKE 'image/%%' THEN 'image'
    WHEN content_type LIKE 'video/%%' THEN 'video'
    WHEN content_type LIKE 'audio/%%' THEN 'audio'
    WHEN content_type ~ '^application/(zip|gzip|x-(tar|7z|bzip|rar|xz|zstd|gtar|compress)|vnd.rar|zstd)' THEN 'archive'
    WHEN content_type LIKE 'text/%%' OR content_type ~
        '^application/(pdf|json|xml|rtf|msword|epub|postscript|vnd\\.(ms-|openxmlformats|oasis))' THEN 'document'
    ELSE 'other' END AS kind, sum(size)::bigint, sum(files)::bigint
FROM typed GROUP BY kind
"""  # noqa: S608  made of constants


@dataclass(frozen=True)
class LargeFile:
    """A file and the folder that it lies in, whose name is empty where that is the root. `size` in bytes."""

    id: UUID
    name: str
    content_type: str
    size: int
    folder_id: UUID
    folder_name: str


@dataclass(frozen=True)
class LargeFolder:
    """A folder with all that lies below it. `size` in bytes."""

    id: UUID
    name: str
    size: int
    files: int


@dataclass(frozen=True)
class KindOfFiles:
    """All files of one of KINDS. `size` in bytes."""

    kind: str
    size: int
    files: int


def largest_files(*, by: Caller, cursor: str | None = None, limit: int = 50) -> Page[LargeFile]:
    """Return a page of the caller's own files, the largest first. One query. Raises BadInput for a bad cursor."""
    size, last = values_of(cursor, int, UUID) or (None, None)
    rows = ask(_FILES, {"owner": by.must_see_account(), "size": size, "last": last, "limit": limit + 1})
    return page_of(rows, limit, shown=_large_file, after=lambda row: (row[3], row[0]))


def largest_folders(*, by: Caller, limit: int = FOLDERS) -> list[LargeFolder]:
    """Return those of the caller's upper folders that hold the most, with all that lies below them. One query."""
    values = {"owner": by.must_see_account(), "limit": limit, "deepest": LEVELS + 1}
    return [LargeFolder(*row) for row in ask(_FOLDERS, values)]


def by_kind(*, by: Caller) -> list[KindOfFiles]:
    """Return what the caller's own files take, by kind, the most first. One query."""
    found = [KindOfFiles(*row) for row in ask(_BY_KIND, {"owner": by.must_see_account()})]
    return sorted(found, key=lambda kind: -kind.size)


def _large_file(row: tuple[UUID, str, str, int, UUID, str, bool]) -> LargeFile:
    file_id, name, content_type, size, folder_id, folder_name, is_root = row
    return LargeFile(file_id, name, content_type, size, folder_id, "" if is_root else folder_name)
