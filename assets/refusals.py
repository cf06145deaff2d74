"""How assets say no, beyond the family's common words."""

from cloudbox.errors import AccessDenied, Conflict, NotFound, Refusal


class LinkExpired(Refusal):
    """The link or the signed address was good until a time that is over. Ask whoever gave it to you for another."""

    code = "link_expired"
    status = 410
    title = "The link has expired."


class DownloadLimitReached(Refusal):
    """The link has been downloaded from as often as its maker allowed."""

    code = "download_limit_reached"
    status = 410
    title = "The link was used for as many downloads as it allows."


class LinkTakenDown(Refusal):
    """The staff of this server took the link down, because of what it showed. Its maker was told why."""

    code = "link_taken_down"
    status = 410
    title = "The link was taken down."


class LinkLocked(AccessDenied):
    """The link asks for a password: send it to `unlock` and come back with the pass, which is good for an hour."""

    code = "link_locked"
    title = "The link asks for a password."


class WrongLinkPassword(AccessDenied):
    """This is not the link's password. After some tries each further one has to wait."""

    code = "wrong_link_password"
    title = "This is not the password of the link."


class AddressUsed(Conflict):
    """The signed address took its one file already, or is taking it now."""

    code = "address_used"
    title = "The address takes one file, and has taken one or is taking it."


class NoPreview(NotFound):
    """The file has no small picture; `state` is `waiting` while one may come, else `none`."""

    code = "no_preview"
    title = "There is no small picture of this file."
