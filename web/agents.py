"""What people call a browser, from what it calls itself. Pure."""

from django.utils.translation import gettext as _

BROWSERS = {  # the first that is named counts: most also claim to be the later ones
    "Edg": "Edge",
    "OPR/": "Opera",
    "Firefox/": "Firefox",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS X": "macOS",
    "Linux": "Linux",
}
DEVICES = {"Android": "phone", "iPhone": "phone", "iPad": "phone"}  # the icons of systems; of others a computer's
LONGEST = 60  # characters of a name that nobody knows


def called(agent: str) -> str:
    """Return `Firefox on Windows` for a browser that is known, else the beginning of what it calls itself."""
    browser, system = _first(BROWSERS, agent), _first(SYSTEMS, agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    if not agent:
        return _("A program without a name")
    return agent if len(agent) <= LONGEST else f"{agent[:LONGEST]}…"


def device(agent: str) -> str:
    """Return the name of the icon of what such a browser runs on: `laptop`, `phone`, or `terminal` for a program."""
    if not _first(BROWSERS, agent):
        return "terminal"
    return DEVICES.get(_first(SYSTEMS, agent), "laptop")


def _first(marks: dict[str, str], agent: str) -> str:
    return next((name for mark, name in marks.items() if mark in agent), "")
