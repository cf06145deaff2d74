"""docs/notifications.md tells of each notice, and how one is told who has chosen nothing."""

import re

from activity import notices
from cloudbox.embedded.bootstrap import ROOT

ROW = re.compile(r"^\| `(\w+)` \| [^|]+ \| ([^|]*) ?\| ([^|]*) ?\|$", re.MULTILINE)


def told(way, notice):
    return "always" if notice.always else "yes" if getattr(notice, way) else ""


def test_each_notice_is_told_with_how_it_is_by_itself():
    rows = ROW.findall((ROOT / "docs" / "notifications.md").read_text())
    documented = {name: (page.strip(), mail.partition(",")[0].strip()) for name, page, mail in rows}

    assert documented == {notice.name: (told("on_page", notice), told("by_mail", notice)) for notice in notices.known()}
