"""The role matrix: who may do what with a folder and what is in it, as one table that a person can read.

A column is somebody who asks, and how the folder is open to them; a group is operations that the same people may do.
A cell is the status of the answer, or `ok`; where a job is begun, of what became of its one item. An operation is a
method, an address below /api/v1 or from the root, and what is sent: JSON, or after `<` bytes, in the way of that door.
The words in braces are those of the scene in `test_matrix`, which every request finds untouched.
"""

# restricted: nobody; viewer: whoever has the address looks; editor: and whoever is signed in edits
COLUMNS = {
    # name: (who asks, any_one_access of the folder)
    "anonymous": ("anonymous", "restricted"),
    "anonymous, open to view": ("anonymous", "viewer"),
    "anonymous, open to edit": ("anonymous", "editor"),
    "stranger": ("stranger", "restricted"),
    "stranger, open to view": ("stranger", "viewer"),
    "guest: stranger, open to edit": ("stranger", "editor"),
    "viewer": ("viewer", "restricted"),
    "in a team that views": ("team viewer", "restricted"),
    "editor": ("editor", "restricted"),
    "in a team that edits": ("team editor", "restricted"),
    "owner": ("owner", "restricted"),
    "owner's key to read": ("key to read", "restricted"),
    "owner's key to read and write": ("key to write", "restricted"),
    "owner's key for all, here": ("key here", "restricted"),
    "owner's key for all, elsewhere": ("key elsewhere", "restricted"),
}

# anonymous: hidden, view, edit | stranger: the same | viewer, team | editor, team | owner | keys: r rw here there
LOOK = "401 ok ok    404 ok ok     ok ok    ok ok    ok    ok ok ok 404"
SIGN = "401 401 401  404 ok ok     ok ok    ok ok    ok    ok ok ok 404"
LIKE = "401 401 401  404 ok ok     ok ok    ok ok    ok    ok ok 403 403"
DISLIKE = "401 401 401  ok ok ok      ok ok    ok ok    ok    ok ok 403 403"
EDIT = "401 401 401  404 403 ok    403 403  ok ok    ok    403 ok ok 404"
DELETE = "401 401 401  404 403 ok    403 403  ok ok    ok    403 403 ok 404"
SHARE = "401 401 401  404 403 403   403 403  ok ok    ok    403 403 ok 404"
OWN = "401 401 401  404 403 403   403 403  403 403  ok    403 403 ok 404"
KEPT = "401 401 401  404 404 404   404 404  404 404  ok    ok ok ok 404"  # folders below that inherit nothing
# Where two folders of the owner's, or two owners, meet: a key for this folder goes no further.
ONWARDS = "401 401 401  404 403 ok    403 403  ok ok    ok    403 ok 404 404"
COPY = "401 401 401  404 ok ok     ok ok    ok ok    ok    403 ok 404 404"
AWAY = "401 401 401  404 403 403   403 403  403 403  ok    403 403 404 404"

MATRIX: dict[str, tuple[str, list[str]]] = {
    "look at it": (
        LOOK,
        [
            "GET store/folders/{folder}/",
            "GET store/folders/{folder}/content/",
            "GET store/folders/{folder}/retention/",
            "GET store/search/?q=sea&folder={folder}",
            "GET store/files/{file}/",
            "GET store/files/{file}/content",
            "GET store/files/{file}/view/",
            "GET store/files/{file}/versions/",
            "GET store/files/{file}/versions/1/content",
            "GET store/assets/{file}/download/",
            "GET store/assets/{folder}/download/",
            "GET store/download/?assets={file},{below}",
            'POST store/download/ {"assets": ["{folder}"]}',
            "GET store/assets/{folder}/editors/",
            "GET store/assets/{folder}/viewers/",
            "GET store/files/{file}/thumbnail/",
            "GET store/files/{file}/versions/1/thumbnail/",
            "GET store/assets/{file}/tags/",
            "GET store/assets/{folder}/metadata/",
        ],
    ),
    "look at what happened to it": (
        SIGN,
        ["GET store/assets/{file}/activity/", "GET store/assets/{folder}/activity/"],
    ),
    "sign an address to read it": (SIGN, ['POST store/presign/ {"download": "{file}"}']),
    "have it at hand": (
        LIKE,
        ["PUT store/assets/{file}/favourite/"],
    ),
    "have it at hand no longer, whatever it is": (DISLIKE, ["DELETE store/assets/{file}/favourite/"]),
    "look at what is kept from those above": (
        KEPT,
        ["GET store/folders/{private}/", "GET store/folders/{private}/content/", "GET store/files/{secret}/content"],
    ),
    "add to it": (
        EDIT,
        [
            'POST store/folders/{folder}/ {"name": "new"}',
            "PUT store/folders/{folder}/files/new <bytes",
            "POST store/files/{folder}/ <form",
            "POST uploads/?folder={folder} <begin",
            'POST store/presign/ {"upload": {"folder": "{folder}", "name": "new", "max_bytes": 9}}',
        ],
    ),
    "change it": (
        EDIT,
        [
            "PUT store/folders/{folder}/files/sea.txt <bytes",
            "PUT store/files/{file}/content <bytes",
            "POST store/files/{file}/versions/1/restore",
            'PATCH store/files/{file}/ {"name": "new"}',
            'PATCH store/folders/{folder}/ {"name": "new"}',
            "POST store/files/{old}/versions/1/restore",
            'POST store/assets/{file}/move {"folder": "{below}"}',
            'POST store/assets/{file}/copy {"folder": "{below}"}',
            'PUT store/assets/{folder}/tags/ {"tags": ["blue"]}',
            'PUT store/assets/{file}/metadata/ {"colour": "blue"}',
            'PATCH store/assets/{folder}/metadata/ {"colour": "blue"}',
        ],
    ),
    "move it to another folder of the owner's, where everybody may": (
        ONWARDS,
        [
            'POST store/assets/{file}/move {"folder": "{elsewhere}"}',
            'POST store/bulk/ {"action": "move", "assets": ["{file}"], "folder": "{elsewhere}"}',
        ],
    ),
    "copy it to where everybody may": (
        COPY,
        [
            'POST store/assets/{file}/copy {"folder": "{elsewhere}"}',
            'POST store/assets/{folder}/copy {"folder": "{theirs}"}',
            'POST store/bulk/ {"action": "copy", "assets": ["{file}"], "folder": "{elsewhere}"}',
        ],
    ),
    "trash it, and take it out": (
        DELETE,
        [
            "DELETE store/files/{file}/",
            "DELETE store/folders/{folder}/",
            "POST store/trash/{trashed}/restore",
            'POST store/bulk/ {"action": "trash", "assets": ["{file}"]}',
            'POST store/bulk/ {"action": "restore", "assets": ["{trashed}"]}',
        ],
    ),
    "share it": (
        SHARE,
        [
            'POST store/assets/{folder}/editors/ {"users": ["dora"]}',
            'POST store/assets/{file}/viewers/ {"users": ["dora"]}',
            'DELETE store/assets/{folder}/editors/ {"users": ["dora"]}',
            'DELETE store/assets/{folder}/viewers/ {"users": ["dora"]}',
            'PATCH store/assets/{folder}/access-type/ {"any_one_access": "viewer"}',
            "GET store/assets/{folder}/links/",
            'POST store/assets/{file}/links/ {"role": "viewer"}',
            'POST store/bulk/ {"action": "share", "assets": ["{file}"], "role": "viewer", "users": ["dora"]}',
            'POST store/bulk/ {"action": "unshare", "assets": ["{file}"], "role": "viewer", "users": ["dora"]}',
        ],
    ),
    "look at it as an object, where an ancestor says 401 to all who may not": (
        LOOK.replace("404", "401"),
        ["GET /data/file/{object}", "GET /data/metadata/{object}"],
    ),
    "trash it as an object, the same": (
        "401 401 401  401 401 ok    401 401  ok ok    ok    403 403 ok 401",
        ["DELETE /data/file/{object}"],
    ),
    "own it": (
        OWN,
        [
            "DELETE store/files/{file}/?purge=1",
            "DELETE store/folders/{folder}/?purge=1",
            "DELETE store/trash/{trashed}/",
            "DELETE store/files/{file}/versions/1/",
            "DELETE store/files/{old}/versions/1/",
            'PUT store/folders/{folder}/retention/ {"versions_kept": 3, "versions_days": null}',
            'POST store/bulk/ {"action": "purge", "assets": ["{file}"]}',
            'PUT store/assets/{folder}/inheritance/ {"inherits": false}',
            'POST store/assets/{folder}/transfer/ {"to": "dora"}',
            'POST store/assets/{file}/transfer/ {"to": "dora"}',
        ],
    ),
    "move it to somebody else's folder, where everybody may": (
        AWAY,
        ['POST store/assets/{file}/move {"folder": "{theirs}"}'],
    ),
}

# Who finds the file by its name without saying where, and who (`-`) does not, though whoever has the address may look.
FOUND = "- - -  - - -  ok ok  ok ok  ok  ok ok ok -"

# What is the caller's own, by who they are: their root, their trash, offers to them and by them.
OWN_COLUMNS = ("anonymous", "owner", "key to read", "key to write", "key here")
OWN_THINGS: dict[str, tuple[str, list[str]]] = {
    "look at the root": (
        "401 ok ok ok 404",
        ["GET store/folders/", "GET store/folders/content/", "GET store/folders/retention"],
    ),
    "add to the root": (
        "401 ok 403 ok 404",
        [
            'POST store/folders/ {"name": "new"}',
            "PUT store/folders/files/new <bytes",
            "POST store/files/ <form",
            "POST uploads/ <begin",
            'POST /v1/blobs {"id": "one", "data": "c2FsdA=="}',
            "POST /data/file <object",
        ],
    ),
    "look by path": (
        "401 ok ok ok 404",
        [
            "GET file/download?path=by_owner",
            "GET file/list",
            "GET file/folder",
            "GET file/information?filename=by_owner",
            "GET file/properties?path=by_owner",
            "GET file/hash?path=by_owner",
        ],
    ),
    "add by path": (
        "401 ok 403 ok 404",
        [
            "POST file/upload/new <bytes",
            "PUT file/upload/new <bytes",
            'POST file/folder {"path": "new"}',
            'POST file/copy {"src_path": "by_owner", "dst_path": "new"}',
            'POST file/move {"src_path": "by_owner", "dst_path": "new"}',
        ],
    ),
    "delete by path": ("401 ok 403 403 404", ['POST file/delete {"path": "by_owner"}']),
    "find": (
        "401 ok ok ok ok",
        ["GET store/search/?q=owner", "GET store/recent/"],
    ),
    "list what is shared and liked": (
        "401 ok ok ok 403",
        ["GET store/favourites/", "GET store/shared-by-me/", "GET store/shared-with-me/"],
    ),
    "use a signed address": (
        "ok ok ok ok ok",
        ["GET presigned/{to_read}/", "PUT presigned/{to_write}/ <bytes"],
    ),
    "list blobs": ("401 ok ok ok ok", ["GET /v1/blobs"]),
    "look at a blob": ("401 ok ok ok 404", ["GET /v1/blobs/blob"]),
    "delete a blob": ("401 ok 403 403 404", ["DELETE /v1/blobs/blob"]),
    "list links": ("401 ok ok ok 403", ["GET store/links/"]),
    "look at a link": ("401 ok 404 404 ok", ["GET store/links/{link}/"]),
    "change a link": (
        "401 ok 404 404 ok",
        ['PATCH store/links/{link}/ {"label": "new"}', "DELETE store/links/{link}/"],
    ),
    "say who one is": ("401 ok ok ok ok", ["GET /data/get_identity"]),
    "list objects": ("401 ok ok ok ok", ["GET /data/user_file"]),
    "list uploads": ("401 ok 403 ok ok", ["GET uploads/"]),
    "rename the root": ("401 ok 403 403 404", ['PATCH store/folders/ {"name": "new"}']),
    "say how long versions are kept": (
        "401 ok 403 403 404",
        ['PUT store/folders/retention {"versions_kept": null, "versions_days": 30}'],
    ),
    "look at the trash": ("401 ok ok ok ok", ["GET store/trash/"]),
    "empty the trash": ("401 ok 403 403 ok", ["DELETE store/trash/"]),
    "look at offers": (
        "401 ok ok ok 403",
        ["GET store/transfers/", "GET store/transfers/{to_owner}/", "GET store/transfers/{by_owner}/"],
    ),
    "answer offers": (
        "401 ok 403 ok 403",
        [
            "POST store/transfers/{to_owner}/accept {}",
            "POST store/transfers/{to_owner}/decline",
            "DELETE store/transfers/{by_owner}/",
        ],
    ),
}

# An offer by the owner to dora.
OFFER_COLUMNS = ("anonymous", "stranger", "owner", "dora")
OFFER: dict[str, tuple[str, list[str]]] = {
    "look at it": ("401 404 ok ok", ["GET store/transfers/{by_owner}/"]),
    "answer it": (
        "401 404 403 ok",
        ["POST store/transfers/{by_owner}/accept {}", "POST store/transfers/{by_owner}/decline"],
    ),
    "withdraw it": ("401 404 ok 403", ["DELETE store/transfers/{by_owner}/"]),
}

# An upload into the folder that the editor has begun, and that the owner is charged for.
UPLOAD_COLUMNS = (
    "anonymous",
    "stranger",
    "viewer",
    "editor",
    "team editor",
    "owner",
    "key to read",
    "key to write",
    "key here",
    "key elsewhere",
)
UPLOAD: dict[str, tuple[str, list[str]]] = {
    "look at it": (
        "401 404 404 ok 404 ok 403 ok ok 404",
        ["GET uploads/{upload}/", "HEAD uploads/{upload}/ <end"],
    ),
    "go on": (
        "401 404 404 ok 404 ok 403 ok ok 404",
        ["PATCH uploads/{upload}/ <go on", "POST uploads/{upload}/ <patch"],
    ),
    "give it up": ("401 404 404 ok 404 ok 403 ok ok 404", ["DELETE uploads/{upload}/ <end"]),
}

# Whoever comes by a link of the owner's to the folder, and by one to another folder.
LINK_COLUMNS = ("viewer", "editor", "add", "editor, elsewhere")
LINK: dict[str, tuple[str, list[str]]] = {
    "open it": ("ok ok ok ok", ["GET links/{token}/"]),
    "look": (
        "ok ok 404 404",
        [
            "GET links/{token}/folders/{folder}/",
            "GET links/{token}/folders/{folder}/content/",
            "GET links/{token}/files/{file}/",
            "GET links/{token}/files/{file}/content",
            "GET links/{token}/files/{file}/thumbnail/",
            "GET links/{token}/files/{file}/view/",
            "GET links/{token}/assets/{folder}/download/",
            "GET links/{token}/download/?assets={file}",
            'POST links/{token}/download/ {"assets": ["{file}"]}',
        ],
    ),
    "add": (
        "403 ok ok 404",
        [
            "PUT links/{token}/folders/{folder}/files/new <bytes",
            "POST links/{token}/files/{folder}/ <form",
            "POST links/{token}/uploads/?folder={folder} <begin",
        ],
    ),
    "make a folder": ("403 ok ok 404", ['POST links/{token}/folders/{folder}/ {"name": "new"}']),
    "change": (
        "403 ok 404 404",
        [
            "PUT links/{token}/files/{file}/content <bytes",
            'PATCH links/{token}/files/{file}/ {"name": "new"}',
            'PATCH links/{token}/folders/{folder}/ {"name": "new"}',
            'POST links/{token}/assets/{file}/move {"folder": "{below}"}',
        ],
    ),
    "delete": ("403 ok 404 404", ["DELETE links/{token}/files/{file}/", "DELETE links/{token}/folders/{below}/"]),
    "list uploads, which are nobody's": ("405 405 405 405", ["GET links/{token}/uploads/"]),
    "go on with an upload of somebody else's": (
        "404 404 404 404",
        [
            "GET links/{token}/uploads/{upload}/",
            "HEAD links/{token}/uploads/{upload}/ <end",
            "PATCH links/{token}/uploads/{upload}/ <go on",
            "POST links/{token}/uploads/{upload}/ <patch",
            "DELETE links/{token}/uploads/{upload}/ <end",
        ],
    ),
    "report it": ("ok ok ok ok", ['POST links/{token}/report/ {"reason": "malware"}']),
    "unlock it": ("ok ok ok ok", ['POST links/{token}/unlock/ {"password": "sesame"}']),
}

# Addresses of the tree that are in no table, and why.
ELSEWHERE: dict[str, str] = {}
