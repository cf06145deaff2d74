"""The languages of the pages: nothing is left untranslated, and the catalogues have everything."""

import re

import pytest
from django.conf import settings as house
from django.conf.locale import LANG_INFO
from django.test import Client
from django.utils import translation

from cloudbox import catalogues
from cloudbox.catalogues import Message
from cloudbox.messages import all_messages
from tests.sample.pages import PAGES
from tests.web.reading import CLOSE, OPEN, Untranslated
from tests.web.test_every_page import browser_of, world

__all__ = ["world"]

FOREIGN = "xx"
ENGLISH = {"errors"} | {
    page.slug for page in PAGES if page.address.startswith("/admin")
}  # read by programmers and staff
LANGUAGES = [code for code, _ in house.LANGUAGES if code != "en"]
NAMES = [
    r"https?://[\w.:/-]+",
    *("CloudBox", "API", "GitHub", "Google", "Staff Id", "curl", "Python", "Deutsch", "English", "JSON", "HTTP", "UTC"),
    *(
        "KiB",
        "MiB",
        "GiB",
        "TiB",
        "bytes?",
        "WebP",
        "PNG",
        "JPEG",
        "GIF",
        "ZIP",
        "PDF",
        "HTML",
        "SHA-256",
        "[a-z]+/[a-z0-9.+-]+",
    ),
    *(
        r"\w+@example\.com",
        "maria",
        "jonas",
        "nils",
        "Lake house",
        "Backup at home",
        "Build server",
        "Send me your plans",
        "For the family",
        r"python-requests/[\d.]+",
        *("Basic", "Standard", "Premium", r"(?:NGN|USD)(?:\s[\d.,]+)?"),
    ),
]
FILES = r"[\w ]+\.(?:mp4|csv|webm|zip|md|pdf|jpg|wav|py|txt)"
FOLDERS = ["Documents", "Photos", "Projects", "Plans", "Ideas", "Boats"]
DATA = re.compile("|".join([FILES, *NAMES, *FOLDERS]))


@pytest.fixture
def foreign(settings, tmp_path, monkeypatch):
    """A language in which every sentence is the English one between marks."""
    place = tmp_path / FOREIGN / "LC_MESSAGES"
    place.mkdir(parents=True)
    for domain, messages in all_messages(settings.BASE_DIR).items():
        marked = {message: tuple(f"{OPEN}{text}{CLOSE}" for text in _forms(message)) for message in messages}
        (place / f"{domain}.mo").write_bytes(catalogues.compiled(FOREIGN, marked))
    monkeypatch.setitem(LANG_INFO, FOREIGN, {**LANG_INFO["en"], "code": FOREIGN})
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), (FOREIGN, "Foreign")]
    yield
    translation.activate("en")


def _forms(message: Message) -> list[str]:
    one = message.one.rpartition(catalogues.CONTEXT)[2]
    return [one, message.many] if message.many else [one]


def test_every_word_on_every_page_is_translated(world, foreign):
    left = {page.slug: _untranslated(browser_of(page.by), page.at(world)) for page in PAGES if page.slug not in ENGLISH}

    assert {slug: texts for slug, texts in left.items() if texts} == {}


def _untranslated(browser: Client, address: str) -> list[str]:
    page = browser.get(address, headers={"accept-language": FOREIGN}).content.decode()
    assert f'lang="{FOREIGN}"' in page
    return Untranslated(page, DATA).found


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_has_every_sentence_and_its_translation(language):
    for domain, messages in all_messages(house.BASE_DIR).items():
        text = house.BASE_DIR / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
        known = catalogues.read(text.read_text())

        left = [message.one for message in messages if not known.get(message)]
        assert left == [], "Run `manage.py messages`, and translate these."
        assert text.with_suffix(".mo").read_bytes() == catalogues.compiled(language, known), "Run `manage.py messages`."


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_places_of_the_sentence(language):
    for domain in ("django", "djangojs"):
        path = house.BASE_DIR / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
        for message, said in catalogues.read(path.read_text()).items():
            assert all(_places(text) == _places(message.many or message.one) for text in said[-1:]), message.one


def _places(text: str) -> set[str]:
    return set(re.findall(r"%\(\w+\)[sd]|%%|</?\w+", text))
