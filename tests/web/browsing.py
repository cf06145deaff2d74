"""What people do with the pages, as their browsers do it."""

import re
from typing import Any

from django.test import Client

from tests.people import PASSWORD

HTML = {"accept": "text/html"}


def sign_in(client: Client, name: str, password: str = PASSWORD) -> Client:
    answer = client.post("/login", {"name": name, "password": password})
    assert answer.status_code == 302, errors(answer)
    return client


def errors(answer: Any) -> dict[str, str]:
    """Return what a page says of each field, and of the whole form under the empty string, as people read it."""
    page = answer.content.decode()
    fields = re.findall(r'<ul class="errorlist" id="id_(\w+)_error">(.*?)</ul>', page)
    whole = re.findall(r'<ul class="errorlist nonfield">(.*?)</ul>', page)
    found = [*fields, *[("", text) for text in whole]]
    return {field: " ".join(re.findall(r"<li>(.*?)</li>", text)) for field, text in found}


def text_of(answer: Any) -> str:
    """Return what can be read on a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())
