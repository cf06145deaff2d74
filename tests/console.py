"""The admin console, used as a browser uses it: forms, cookies, pages."""

import re

import requests


class Console(requests.Session):
    """Somebody of the staff."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.trust_env = False
        self.url = url

    def log_in(self, name: str, password: str, comes_to: str = "/admin/") -> None:
        form = self.get(f"{self.url}/admin/", timeout=30)
        fields = {"csrfmiddlewaretoken": _token(form.text), "username": name, "password": password, "next": "/admin/"}
        page = self.post(form.url, data=fields, headers={"Referer": form.url}, timeout=30)
        assert (page.status_code, page.url) == (200, f"{self.url}{comes_to}"), page.text[:500]

    def list(self, what: str, search: str) -> str:
        """Return the page with the rows that a search finds, such as those of `accounts/user`."""
        page = self.get(f"{self.url}/admin/{what}/", params={"q": search}, timeout=30)
        assert page.status_code == 200, f"{what}: {page.status_code}"
        return page.text


def _token(page: str) -> str:
    found = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert found, page[:500]
    return found[1]
