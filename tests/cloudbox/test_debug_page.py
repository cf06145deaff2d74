"""The debug page of a developer whose stores and servers are real ones."""

import secrets
import sys

from django.test import RequestFactory
from django.views.debug import ExceptionReporter

SECRET = secrets.token_hex(8)  # not written here, for the page shows these lines, too
STORES = {"local": "local:///data/blobs", "cold": f"s3://{SECRET}:{SECRET}%2F@bucket/pre"}


def fail(url: str, secret_key: str) -> None:
    addresses = [url]
    raise RuntimeError(f"{len(addresses)} and {len(secret_key)} letters went wrong.")


def test_no_login_of_a_store_or_server_is_on_the_debug_page(settings):
    settings.DEBUG, settings.CLOUDBOX_STORES, settings.REDIS_URL = True, STORES, f"redis://:{SECRET}@redis:6379/0"
    request = RequestFactory().get("/", headers={"authorization": SECRET})
    try:
        fail(STORES["cold"], SECRET)
    except RuntimeError:
        shown = ExceptionReporter(request, *sys.exc_info()).get_traceback_html()

    for told in ("letters went wrong", "local:///data/blobs", "addresses", "@bucket/pre", "@redis:6379/0"):
        assert told in shown
    assert SECRET not in shown
